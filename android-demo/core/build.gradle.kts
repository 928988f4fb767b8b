plugins {
    `java-library`
}

// Level 8 without lambdas: the same sources pass through Debian's dx (tools/build_apk.py).
tasks.compileJava { options.release = 8 }

// The tests have a runner of their own, without a library; tests/android of the project calls it.
tasks.compileTestJava { options.release = 17 }
