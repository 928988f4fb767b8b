plugins {
    alias(libs.plugins.android.application)
}

val repository = rootProject.layout.projectDirectory.dir("..")

// The project's own version: one fact in one place.
val tinystyleVersion = providers.fileContents(repository.file("src/tinystyle/__init__.py")).asText
    .map { Regex("""__version__ = "(\d+)\.(\d+)\.(\d+)"""").find(it)!!.groupValues.drop(1) }
    .get()

android {
    namespace = "dev.tinystyle.demo"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        applicationId = "dev.tinystyle.demo"
        minSdk = libs.versions.minSdk.get().toInt()
        targetSdk = libs.versions.targetSdk.get().toInt()
        versionName = tinystyleVersion.joinToString(".")
        versionCode = tinystyleVersion.fold(0) { sum, part -> 100 * sum + part.toInt() }
        // Phones and emulators of today. Each ABI adds one libonnxruntime.so.
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }

    // The key of debug builds: a release can be installed, and measured, at once. A store's needs a
    // key of its owner's.
    buildTypes { release { signingConfig = signingConfigs.getByName("debug") } }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    // 16 KB pages: libraries stay uncompressed in the APK, and AGP >= 8.5.1 aligns them to 16 KB.
    packaging { jniLibs { useLegacyPackaging = false } }
}

// The networks of the app come from the project itself and are never committed a second time.
// The Python of `make demo`, else python3; another one: -Ptinystyle.python=/path/to/python. It needs
// the packages that `pip install .` in the root of the repository brings. Artworks of your own:
// -Ptinystyle.styles=/folder/of/pictures. Or those lines in gradle.properties.
val androidAssets by tasks.registering(Exec::class) {
    group = "build"
    description = "Writes networks, thumbnails and their index into the app's assets."
    val output = layout.projectDirectory.dir("src/main/assets")
    val ownPython = repository.file(".venv/bin/python").asFile
    val python = providers.gradleProperty("tinystyle.python")
        .orElse(if (ownPython.exists()) ownPython.path else "python3")
    inputs.files(
        fileTree(repository.dir("src/tinystyle")) {
            include("*.py", "commands/*.py", "assets/*.onnx")
        },
        fileTree(repository.dir("export")) { include("**/*.py") },
        fileTree(repository.dir("runtime")) { include("**/*.py") },
    ).withPathSensitivity(PathSensitivity.RELATIVE)
    val artworks = providers.gradleProperty("tinystyle.styles").map { File(it).absoluteFile }
    val styles = artworks.map { listOf("--style", it.path) }.orElse(emptyList())
    inputs.property("styles", styles)
    inputs.files(artworks.map { listOf(it) }.orElse(emptyList()))
    outputs.dir(output)
    workingDir(repository)
    environment("PYTHONPATH", repository.dir("src").asFile.path)
    commandLine(python.get(), "-m", "tinystyle", "android-assets", "--output", output.asFile.path)
    args(styles.get())
}

tasks.matching { it.name == "preBuild" }.configureEach { dependsOn(androidAssets) }

dependencies {
    implementation(project(":core"))
    implementation(project(":core-ort"))
}
