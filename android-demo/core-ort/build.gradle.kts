plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "dev.tinystyle.ort"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        minSdk = libs.versions.minSdk.get().toInt()
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
}

dependencies {
    api(project(":core"))
    implementation(libs.onnxruntime.android)
}
