#!/bin/sh
# Compiles core, the session code and their tests for the JVM of this computer:
#   android-demo/tools/build_jvm.sh OUT
# writes OUT/classes and OUT/libtinystyle_ort.so. Needs a JDK from 17 on and gcc
# (apt-get install openjdk-17-jdk-headless gcc). Run a class of it with
#   java -cp OUT/classes -Dtinystyle.ort.jni=OUT/libtinystyle_ort.so \
#        -Dtinystyle.ort.library=.../onnxruntime/capi/libonnxruntime.so.1.x.y CLASS
set -eu
out=${1:?usage: build_jvm.sh OUT}
demo=$(cd "$(dirname "$0")/.." && pwd)
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
mkdir -p "$out/classes"
brief="-J-Xshare:auto -J-XX:TieredStopAtLevel=1" # a JVM that lives for seconds

sources() {
    find "$@" -name '*.java'
}

# What the app ships, and what stands in for onnxruntime: the language of Android's tools.
# shellcheck disable=SC2046,SC2086
javac $brief --release 8 -Xlint:all,-options -d "$out/classes" \
    $(sources "$demo/core/src/main" "$demo/core-ort/src/main" "$demo/jvm-ort/src/main")
# shellcheck disable=SC2046,SC2086
javac $brief --release 17 -Xlint:all -cp "$out/classes" -d "$out/classes" \
    $(sources "$demo/core/src/test" "$demo/jvm-ort/src/test")
gcc -std=c11 -Wall -Wextra -Werror -Wno-unused-parameter -O1 -shared -fPIC \
    -I"$jdk/include" -I"$jdk/include/linux" \
    -o "$out/libtinystyle_ort.so" "$demo/jvm-ort/src/main/c/ort_jni.c" -ldl
