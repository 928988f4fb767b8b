/*
 * The native side of ai.onnxruntime.Native, over a libonnxruntime.so that is opened at run time.
 */
#include "ort_api.h"

#include <dlfcn.h>
#include <jni.h>
#include <stdatomic.h>
#include <stdint.h>

enum { FLOATS = 1, MAX_VALUES = 16, MAX_SIDES = 8 };

static const ApiBase *base;
static void *const *api;
static void *environment;
static void *memory;    /* OrtMemoryInfo of the CPU */
static void *allocator; /* onnxruntime's own */
static atomic_int handles; /* that Java holds and must give back */

#define PTR(handle) ((void *)(intptr_t)(handle))
#define METHOD(type, name) JNIEXPORT type JNICALL Java_ai_onnxruntime_Native_##name
#define SELF JNIEnv *env, jclass self

/* Counts what Java is given; nothing where it could not be made. */
static jlong handle(void *made)
{
    handles += made != NULL;
    return (intptr_t)made;
}

/* Throws what a status says. Returns whether there was something. */
static int failed(JNIEnv *env, Status status)
{
    if (status == NULL) {
        return 0;
    }
    const char *message = CALL(GET_ERROR_MESSAGE, const char *(*)(Status))(status);
    jclass type = (*env)->FindClass(env, "ai/onnxruntime/OrtException");
    if (type != NULL) {
        (*env)->ThrowNew(env, type, message);
    }
    CALL(RELEASE_STATUS, void (*)(Status))(status);
    return 1;
}

METHOD(jstring, load)(SELF, jstring library)
{
    const char *path = library == NULL ? NULL : (*env)->GetStringUTFChars(env, library, NULL);
    if (path == NULL) {
        return (*env)->NewStringUTF(env, "the property tinystyle.ort.library is not set");
    }
    void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    (*env)->ReleaseStringUTFChars(env, library, path);
    if (opened == NULL) {
        return (*env)->NewStringUTF(env, dlerror());
    }
    const ApiBase *(*get_base)(void) = (const ApiBase *(*)(void))dlsym(opened, "OrtGetApiBase");
    if (get_base == NULL || (base = get_base()) == NULL) {
        return (*env)->NewStringUTF(env, "the library is not onnxruntime");
    }
    api = base->get_api(API_VERSION);
    if (api == NULL) {
        return (*env)->NewStringUTF(env, "the library is older than version 5 of its interface");
    }
    Status status = CALL(CREATE_ENV, Status(*)(int, const char *, void **))(
        LOG_FATAL, "tinystyle", &environment);
    if (status == NULL) {
        status = CALL(CREATE_CPU_MEMORY_INFO, Status(*)(int, int, void **))(
            ARENA_ALLOCATOR, DEFAULT_MEMORY, &memory);
    }
    if (status == NULL) {
        status = CALL(GET_ALLOCATOR_WITH_DEFAULT_OPTIONS, Status(*)(void **))(&allocator);
    }
    return status == NULL ? NULL : (*env)->NewStringUTF(env, "onnxruntime does not start");
}

METHOD(jstring, version)(SELF)
{
    return (*env)->NewStringUTF(env, base->get_version());
}

METHOD(jint, handles)(SELF)
{
    return handles;
}

METHOD(jobjectArray, providers)(SELF)
{
    char **names = NULL;
    int count = 0;
    Status status =
        CALL(GET_AVAILABLE_PROVIDERS, Status(*)(char ***, int *))(&names, &count);
    if (failed(env, status)) {
        return NULL;
    }
    jclass type = (*env)->FindClass(env, "java/lang/String");
    jobjectArray result = (*env)->NewObjectArray(env, count, type, NULL);
    for (int i = 0; result != NULL && i < count; i++) {
        (*env)->SetObjectArrayElement(env, result, i, (*env)->NewStringUTF(env, names[i]));
    }
    status = CALL(RELEASE_AVAILABLE_PROVIDERS, Status(*)(char **, int))(names, count);
    return failed(env, status) ? NULL : result;
}

METHOD(jlong, createOptions)(SELF)
{
    void *options = NULL;
    failed(env, CALL(CREATE_SESSION_OPTIONS, Status(*)(void **))(&options));
    return handle(options);
}

METHOD(void, closeOptions)(SELF, jlong options)
{
    CALL(RELEASE_SESSION_OPTIONS, void (*)(void *))(PTR(options));
    handles--;
}

METHOD(void, setIntraOpNumThreads)(SELF, jlong options, jint count)
{
    failed(env, CALL(SET_INTRA_OP_NUM_THREADS, Status(*)(void *, int))(PTR(options), count));
}

METHOD(void, setInterOpNumThreads)(SELF, jlong options, jint count)
{
    failed(env, CALL(SET_INTER_OP_NUM_THREADS, Status(*)(void *, int))(PTR(options), count));
}

METHOD(void, setLogLevel)(SELF, jlong options, jint level)
{
    failed(env, CALL(SET_SESSION_LOG_SEVERITY_LEVEL, Status(*)(void *, int))(PTR(options), level));
}

METHOD(void, setMemoryPattern)(SELF, jlong options, jboolean on)
{
    int place = on ? ENABLE_MEM_PATTERN : DISABLE_MEM_PATTERN;
    failed(env, CALL(place, Status(*)(void *))(PTR(options)));
}

METHOD(void, addConfigEntry)(SELF, jlong options, jstring key, jstring value)
{
    const char *name = (*env)->GetStringUTFChars(env, key, NULL);
    const char *text = (*env)->GetStringUTFChars(env, value, NULL);
    if (name != NULL && text != NULL) {
        failed(env, CALL(ADD_SESSION_CONFIG_ENTRY, Status(*)(void *, const char *, const char *))(
                        PTR(options), name, text));
    }
    if (text != NULL) {
        (*env)->ReleaseStringUTFChars(env, value, text);
    }
    if (name != NULL) {
        (*env)->ReleaseStringUTFChars(env, key, name);
    }
}

METHOD(void, setDimension)(SELF, jlong options, jstring dimension, jlong value)
{
    const char *name = (*env)->GetStringUTFChars(env, dimension, NULL);
    if (name != NULL) {
        failed(env, CALL(ADD_FREE_DIMENSION_OVERRIDE_BY_NAME,
                         Status(*)(void *, const char *, int64_t))(PTR(options), name, value));
        (*env)->ReleaseStringUTFChars(env, dimension, name);
    }
}

METHOD(jlong, createSession)(SELF, jbyteArray model, jlong options)
{
    void *session = NULL;
    jsize size = (*env)->GetArrayLength(env, model);
    jbyte *bytes = (*env)->GetByteArrayElements(env, model, NULL);
    if (bytes != NULL) {
        Status status = CALL(CREATE_SESSION_FROM_ARRAY,
                             Status(*)(void *, const void *, size_t, void *, void **))(
            environment, bytes, (size_t)size, PTR(options), &session);
        (*env)->ReleaseByteArrayElements(env, model, bytes, JNI_ABORT);
        failed(env, status);
    }
    return handle(session);
}

METHOD(void, closeSession)(SELF, jlong session)
{
    CALL(RELEASE_SESSION, void (*)(void *))(PTR(session));
    handles--;
}

METHOD(jint, count)(SELF, jlong session, jboolean inputs)
{
    size_t count = 0;
    int place = inputs ? SESSION_GET_INPUT_COUNT : SESSION_GET_OUTPUT_COUNT;
    failed(env, CALL(place, Status(*)(void *, size_t *))(PTR(session), &count));
    return (jint)count;
}

METHOD(jstring, name)(SELF, jlong session, jboolean inputs, jint index)
{
    char *name = NULL;
    int place = inputs ? SESSION_GET_INPUT_NAME : SESSION_GET_OUTPUT_NAME;
    if (failed(env, CALL(place, Status(*)(void *, size_t, void *, char **))(
                        PTR(session), (size_t)index, allocator, &name))) {
        return NULL;
    }
    jstring result = (*env)->NewStringUTF(env, name);
    Status status = CALL(ALLOCATOR_FREE, Status(*)(void *, void *))(allocator, name);
    return failed(env, status) ? NULL : result;
}

/* Type and shape of an input or output; the type is 0 if it is no tensor. Returns whether known. */
static int describe(JNIEnv *env, jlong session, jboolean inputs, jint index, int *type,
                    int64_t *sides, size_t *count)
{
    void *info = NULL;
    const void *tensor = NULL;
    int place = inputs ? SESSION_GET_INPUT_TYPE_INFO : SESSION_GET_OUTPUT_TYPE_INFO;
    *type = 0;
    *count = 0;
    if (failed(env, CALL(place, Status(*)(void *, size_t, void **))(
                        PTR(session), (size_t)index, &info))) {
        return 0;
    }
    Status status = CALL(CAST_TYPE_INFO_TO_TENSOR_INFO, Status(*)(void *, const void **))(
        info, &tensor);
    if (status == NULL && tensor != NULL) {
        status = CALL(GET_TENSOR_ELEMENT_TYPE, Status(*)(const void *, int *))(tensor, type);
        if (status == NULL) {
            status = CALL(GET_DIMENSIONS_COUNT, Status(*)(const void *, size_t *))(tensor, count);
        }
        *count = *count > MAX_SIDES ? MAX_SIDES : *count;
        if (status == NULL) {
            status = CALL(GET_DIMENSIONS, Status(*)(const void *, int64_t *, size_t))(
                tensor, sides, *count);
        }
    }
    CALL(RELEASE_TYPE_INFO, void (*)(void *))(info);
    return !failed(env, status);
}

METHOD(jint, elementType)(SELF, jlong session, jboolean inputs, jint index)
{
    int type;
    int64_t sides[MAX_SIDES];
    size_t count;
    return describe(env, session, inputs, index, &type, sides, &count) ? type : 0;
}

METHOD(jlongArray, shape)(SELF, jlong session, jboolean inputs, jint index)
{
    int type;
    int64_t sides[MAX_SIDES];
    size_t count;
    if (!describe(env, session, inputs, index, &type, sides, &count)) {
        return NULL;
    }
    jlong values[MAX_SIDES];
    for (size_t i = 0; i < count; i++) {
        values[i] = sides[i];
    }
    jlongArray result = (*env)->NewLongArray(env, (jsize)count);
    if (result != NULL) {
        (*env)->SetLongArrayRegion(env, result, 0, (jsize)count, values);
    }
    return result;
}

METHOD(jlong, createTensor)(SELF, jobject data, jlong offset, jlong bytes, jlongArray shape,
                            jint type)
{
    void *tensor = NULL;
    char *address = (*env)->GetDirectBufferAddress(env, data);
    jsize count = (*env)->GetArrayLength(env, shape);
    jlong values[MAX_SIDES];
    int64_t sides[MAX_SIDES];
    count = count > MAX_SIDES ? MAX_SIDES : count;
    (*env)->GetLongArrayRegion(env, shape, 0, count, values);
    for (jsize i = 0; i < count; i++) {
        sides[i] = values[i];
    }
    failed(env, CALL(CREATE_TENSOR_WITH_DATA,
                     Status(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))(
                    memory, address + offset, (size_t)bytes, sides, (size_t)count, type, &tensor));
    return handle(tensor);
}

METHOD(void, closeTensor)(SELF, jlong tensor)
{
    CALL(RELEASE_VALUE, void (*)(void *))(PTR(tensor));
    handles--;
}

METHOD(jobject, floats)(SELF, jlong tensor)
{
    void *info = NULL;
    void *data = NULL;
    int type = 0;
    size_t count = 0;
    if (failed(env, CALL(GET_TENSOR_TYPE_AND_SHAPE, Status(*)(void *, void **))(
                        PTR(tensor), &info))) {
        return NULL;
    }
    Status status = CALL(GET_TENSOR_ELEMENT_TYPE, Status(*)(void *, int *))(info, &type);
    if (status == NULL) {
        status = CALL(GET_TENSOR_SHAPE_ELEMENT_COUNT, Status(*)(void *, size_t *))(info, &count);
    }
    CALL(RELEASE_TENSOR_TYPE_AND_SHAPE_INFO, void (*)(void *))(info);
    if (status == NULL) {
        status = CALL(GET_TENSOR_MUTABLE_DATA, Status(*)(void *, void **))(PTR(tensor), &data);
    }
    if (failed(env, status) || type != FLOATS) {
        return NULL;
    }
    return (*env)->NewDirectByteBuffer(env, data, (jlong)(count * sizeof(float)));
}

/* Names as C has them. Returns how many there are, or -1 where there are too many. */
static int names(JNIEnv *env, jobjectArray array, const char **result)
{
    jsize count = (*env)->GetArrayLength(env, array);
    for (jsize i = 0; i < count && count <= MAX_VALUES; i++) {
        jstring name = (*env)->GetObjectArrayElement(env, array, i);
        result[i] = (*env)->GetStringUTFChars(env, name, NULL);
    }
    return count <= MAX_VALUES ? count : -1;
}

static void release(JNIEnv *env, jobjectArray array, const char **held, int count)
{
    for (int i = 0; i < count; i++) {
        jstring name = (*env)->GetObjectArrayElement(env, array, i);
        (*env)->ReleaseStringUTFChars(env, name, held[i]);
    }
}

METHOD(void, run)(SELF, jlong session, jobjectArray input_names, jlongArray inputs,
                  jobjectArray output_names, jlongArray outputs)
{
    const char *in[MAX_VALUES];
    const char *out[MAX_VALUES];
    jlong values[MAX_VALUES];
    const void *given[MAX_VALUES];
    void *made[MAX_VALUES];
    int in_count = names(env, input_names, in);
    int out_count = names(env, output_names, out);
    if (in_count >= 0 && out_count >= 0) {
        (*env)->GetLongArrayRegion(env, inputs, 0, in_count, values);
        for (int i = 0; i < in_count; i++) {
            given[i] = PTR(values[i]);
        }
        (*env)->GetLongArrayRegion(env, outputs, 0, out_count, values);
        for (int i = 0; i < out_count; i++) {
            made[i] = PTR(values[i]);
        }
        Status status = CALL(RUN, Status(*)(void *, const void *, const char *const *,
                                            const void *const *, size_t, const char *const *,
                                            size_t, void **))(
            PTR(session), NULL, in, given, (size_t)in_count, out, (size_t)out_count, made);
        if (!failed(env, status)) {
            for (int i = 0; i < out_count; i++) {
                values[i] = values[i] == 0 ? handle(made[i]) : values[i];
            }
            (*env)->SetLongArrayRegion(env, outputs, 0, out_count, values);
        }
    }
    release(env, input_names, in, in_count);
    release(env, output_names, out, out_count);
}
