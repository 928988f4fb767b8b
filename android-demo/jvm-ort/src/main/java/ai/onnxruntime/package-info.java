/**
 * The part of onnxruntime's Java interface that the demo uses, with the signatures of its
 * documentation (https://onnxruntime.ai/docs/api/java), over the libonnxruntime.so of the Python
 * wheel.
 *
 * <p>For tests on a computer: what is tested there is the same code that runs on a phone. The app
 * is compiled against these classes where the real ones are out of reach, and never ships them;
 * Gradle takes {@code com.microsoft.onnxruntime:onnxruntime-android}.
 */
package ai.onnxruntime;
