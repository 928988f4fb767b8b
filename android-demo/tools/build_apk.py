#!/usr/bin/env python3
"""Compile and package the app without Gradle and without Google's SDK, to prove that it builds.

The APK holds the app's and core's classes, resources, manifest and assets, aligned and signed with
a key made for the occasion. It LACKS onnxruntime: neither its classes nor its native libraries are
in it, since Gradle takes them from Maven Central. It would install, and say that it cannot paint.
The APK to use is Gradle's.

Needs aapt2, zipalign, apksigner, javac and keytool (apt-get install aapt zipalign apksigner
default-jdk-headless), and android.jar and dx.jar (android-demo/tools/fetch_platform.sh).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent
ROOT = DEMO.parent
PLATFORM = ROOT / "out" / "android-platform"
PACKAGES = {
    "aapt2": "aapt",
    "zipalign": "zipalign",
    "apksigner": "apksigner",
    "javac": "default-jdk-headless",
    "java": "default-jdk-headless",
    "keytool": "default-jdk-headless",
}
MISSING_TOOL, FAILED = 3, 1

# A JVM that lives for seconds compiles itself once, not twice.
BRIEF = ("-Xshare:auto", "-XX:TieredStopAtLevel=1")


class BuildError(Exception):
    """A tool that is missing or that refused; the message says which and what to do."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def main() -> int:
    """Parse, build, report."""
    parser = argparse.ArgumentParser(
        description="Compile, package and sign the app without Gradle: a proof that it builds. "
        "The APK lacks onnxruntime and cannot paint; the one to install is Gradle's.",
        epilog="Exit code 3: a tool is missing, and the message says what to install.",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=ROOT / "out" / "android" / "tinystyle-demo-without-onnxruntime.apk",
        metavar="FILE",
        help="default: out/android/tinystyle-demo-without-onnxruntime.apk",
    )
    parser.add_argument(
        "--platform",
        type=Path,
        default=Path(os.environ.get("TINYSTYLE_ANDROID_PLATFORM", PLATFORM)),
        metavar="DIR",
        help="folder with android.jar and dx.jar (default: $TINYSTYLE_ANDROID_PLATFORM, else "
        "out/android-platform)",
    )
    parser.add_argument(
        "--assets",
        type=Path,
        default=DEMO / "app" / "src" / "main" / "assets",
        metavar="DIR",
        help="what `tinystyle android-assets` wrote (default: where it writes by default)",
    )
    arguments = parser.parse_args()
    try:
        build(arguments.output.resolve(), arguments.platform.resolve(), arguments.assets.resolve())
    except BuildError as error:
        print(f"APK not built: {error}", file=sys.stderr)
        return error.code
    size = arguments.output.stat().st_size
    print(f"{arguments.output}: {size:,} bytes, signed; without onnxruntime, so it cannot paint")
    return 0


def build(output: Path, platform: Path, assets: Path) -> None:
    """Make the APK, whole or not at all."""
    require_tools(platform)
    if not (assets / "index.json").is_file():
        raise BuildError(f"{assets}: no index.json; run `tinystyle android-assets` first")
    with tempfile.TemporaryDirectory(prefix="tinystyle-apk-") as folder:
        work = Path(folder)
        manifest = merged_manifest(work / "AndroidManifest.xml")
        link_resources(work, platform, manifest, assets)
        to_dex(work / "classes.dex", compile_java(work, platform), platform)
        signed = package(work)
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(f".{output.name}.part")
        shutil.copyfile(signed, part)
        part.replace(output)


def require_tools(platform: Path) -> None:
    """Refuse with everything that is missing at once."""
    absent = sorted({name for tool, name in PACKAGES.items() if shutil.which(tool) is None})
    wanted = [f"apt-get install {' '.join(absent)}"] if absent else []
    if not all((platform / name).is_file() for name in ("android.jar", "dx.jar")):
        wanted.append(
            f"android-demo/tools/fetch_platform.sh (no android.jar, dx.jar in {platform})"
        )
    if wanted:
        raise BuildError(f"install what is missing: {'; '.join(wanted)}", MISSING_TOOL)


def run(*command: str | Path) -> None:
    """Run a tool; its words become the error where it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip()
        raise BuildError(f"{Path(str(command[0])).name} failed ({done.returncode}):\n{words}")


def catalogue() -> dict[str, str]:
    """Versions of gradle/libs.versions.toml (a regular expression: Python 3.10 has no tomllib)."""
    text = (DEMO / "gradle" / "libs.versions.toml").read_text()
    section = text.partition("[versions]")[2].partition("\n[")[0]
    return dict(re.findall(r'^(\w+) = "([^"]*)"', section, re.MULTILINE))


def merged_manifest(target: Path) -> Path:
    """The app's manifest with what Gradle adds to it: package, versions, levels."""
    build_file = (DEMO / "app" / "build.gradle.kts").read_text()
    application = _first(r'applicationId = "([^"]+)"', build_file, "app/build.gradle.kts")
    source = (ROOT / "src" / "tinystyle" / "__init__.py").read_text()
    version = _first(r'__version__ = "([^"]+)"', source, "src/tinystyle/__init__.py")
    code = 0
    for part in version.split("."):
        code = 100 * code + int(part)
    levels = catalogue()
    text = (DEMO / "app" / "src" / "main" / "AndroidManifest.xml").read_text()
    head = f'<manifest package="{application}" android:versionCode="{code}" '
    head += f'android:versionName="{version}" '
    text = text.replace("<manifest ", head, 1)
    uses = f'<uses-sdk android:minSdkVersion="{levels["minSdk"]}" '
    uses += f'android:targetSdkVersion="{levels["targetSdk"]}" />\n'
    at = text.index("<uses-")
    target.write_text(text[:at] + uses + "    " + text[at:])
    return target


def _first(pattern: str, text: str, where: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise BuildError(f"{where}: nothing like {pattern}")
    return found.group(1)


def link_resources(work: Path, platform: Path, manifest: Path, assets: Path) -> None:
    """Resources, manifest and assets to ``bare.apk``, and R to ``gen``, by Gradle's own tool."""
    compiled = work / "resources.zip"
    run("aapt2", "compile", "--dir", DEMO / "app" / "src" / "main" / "res", "-o", compiled)
    run(
        *("aapt2", "link", "-I", platform / "android.jar", "--manifest", manifest, "-A", assets),
        *("--java", work / "gen", "-o", work / "bare.apk", compiled),
    )


def compile_java(work: Path, platform: Path) -> Path:
    """R and all sources to class files. Stubs are compiled beside them and left out of the APK."""
    generated, stubs, classes = (work / name for name in ("gen", "stubs", "classes"))
    for folder in (stubs, classes):
        folder.mkdir()
    android = platform / "android.jar"
    # The classes that stand for onnxruntime's on the JVM have the same signatures.
    shim = _sources(DEMO / "jvm-ort" / "src" / "main" / "java")
    _javac(stubs, [android], [*_sources(DEMO / "tools" / "platform-stubs"), *shim])
    own = [DEMO / module / "src" / "main" / "java" for module in ("core", "core-ort", "app")]
    sources = [path for folder in (*own, generated) for path in _sources(folder)]
    # In front of android.jar: what they declare is newer than level 23.
    _javac(
        classes, [stubs, android], sources, "-Xlint:all,-options,-serial,-deprecation", "-Werror"
    )
    return classes


def _sources(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.java"))
    if not found:
        raise BuildError(f"{folder}: no Java source")
    return found


def _javac(target: Path, boot: list[Path], sources: list[Path], *options: str) -> None:
    # Level 8, no lambdas: Debian's dx reads nothing newer, Gradle compiles the same sources.
    run(
        *("javac", *(f"-J{option}" for option in BRIEF), "-encoding", "UTF-8"),
        *("-source", "8", "-target", "8", "-Xlint:-options"),
        *(*options, "-proc:none"),
        *("-bootclasspath", os.pathsep.join(map(str, boot)), "-d", target),
        *sources,
    )


def to_dex(target: Path, classes: Path, platform: Path) -> None:
    """Class files to Dalvik's."""
    level = catalogue()["minSdk"]
    dx = ("java", *BRIEF, "-jar", platform / "dx.jar", "--dex", f"--min-sdk-version={level}")
    run(*dx, f"--output={target}", classes)


def package(work: Path) -> Path:
    """The classes into the package, aligned and signed with a key that nobody keeps."""
    store, signed = work / "throw-away.p12", work / "signed.apk"
    with zipfile.ZipFile(work / "bare.apk", "a") as archive:
        archive.write(work / "classes.dex", "classes.dex", zipfile.ZIP_DEFLATED)
    run("zipalign", "-f", "-p", "4", work / "bare.apk", work / "aligned.apk")
    run(
        *("keytool", *(f"-J{option}" for option in BRIEF), "-genkeypair"),
        *("-keystore", store, "-storetype", "PKCS12"),
        *("-storepass", "throw-away", "-alias", "throw-away", "-dname", "CN=tinystyle throw-away"),
        *("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650"),
    )
    run(
        *("apksigner", "sign", "--ks", store, "--ks-pass", "pass:throw-away"),
        *("--min-sdk-version", catalogue()["minSdk"], "--out", signed, work / "aligned.apk"),
    )
    return signed


if __name__ == "__main__":
    sys.exit(main())
