#!/usr/bin/env bash
# Fetches what compiles an Android app without Google's SDK: Debian's android.jar (API level 23) and
# dx. Nothing is installed: two packages are downloaded by apt, with apt's own check of signatures,
# and unpacked into a folder.
#
#   android-demo/tools/fetch_platform.sh [FOLDER]      (default: out/android-platform)
#
# The packages are in Debian 11 (bullseye); Debian 12 left them out. Needs apt-get, dpkg-deb,
# debian-archive-keyring and a Debian mirror. DEBIAN_MIRROR names another mirror.
set -euo pipefail

root="$(cd "$(dirname "$0")/../.." && pwd)"
folder="${1:-$root/out/android-platform}"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
packages=(libandroid-23-java dalvik-exchange)

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "error: $tool is missing; this works on Debian and Ubuntu" >&2; exit 3; }
done
[ -f "$keyring" ] || { echo "error: $keyring is missing; apt-get install debian-archive-keyring" >&2; exit 3; }
if [ -f "$folder/android.jar" ] && [ -f "$folder/dx.jar" ]; then
  echo "$folder: already there"
  exit 0
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/unpacked"
echo "deb [signed-by=$keyring] $mirror bullseye main" >"$work/sources.list"
# apt in a house of its own: neither the system's package lists nor its sources are touched.
private=(
  -o "Dir::Etc::sourcelist=$work/sources.list"
  -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache=$work/cache"
  -o APT::Sandbox::User=root
  -o Acquire::Languages=none
  -q
)
apt-get "${private[@]}" update
(cd "$work" && apt-get "${private[@]}" download "${packages[@]}")
for package in "$work"/*.deb; do
  dpkg-deb --extract "$package" "$work/unpacked"
done
mkdir -p "$folder"
cp "$work/unpacked/usr/share/java/com.android.dx.jar" "$folder/dx.jar.part"
cp "$work/unpacked/usr/share/java/com.android.android-23.jar" "$folder/android.jar.part"
mv "$folder/dx.jar.part" "$folder/dx.jar"
mv "$folder/android.jar.part" "$folder/android.jar"
echo "$folder: android.jar of API level 23, dx.jar"
