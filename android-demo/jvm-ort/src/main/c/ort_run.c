/*
 * Runs a network once on a picture in a file, for processors that have no Java here:
 *   ort_run LIBRARY MODEL INPUT OUTPUT TYPE SIDE SIDE SIDE SIDE
 * TYPE is 1 for float32, 2 for uint8; the output has the input's shape.
 */
#include "ort_api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void *const *api;

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void check(Status status, const char *what)
{
    if (status != NULL) {
        stop(what, CALL(GET_ERROR_MESSAGE, const char *(*)(Status))(status));
    }
}

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        stop(path, "cannot be read");
    }
    *size = (size_t)ftell(file);
    rewind(file);
    void *content = malloc(*size);
    if (content == NULL || fread(content, 1, *size, file) != *size) {
        stop(path, "cannot be read");
    }
    fclose(file);
    return content;
}

int main(int count, char **words)
{
    if (count != 10) {
        stop("usage", "ort_run LIBRARY MODEL INPUT OUTPUT TYPE SIDE SIDE SIDE SIDE");
    }
    void *opened = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    if (opened == NULL) {
        stop(words[1], dlerror());
    }
    const ApiBase *(*base)(void) = (const ApiBase *(*)(void))dlsym(opened, "OrtGetApiBase");
    api = base == NULL ? NULL : base()->get_api(API_VERSION);
    if (api == NULL) {
        stop(words[1], "is not onnxruntime");
    }
    void *environment, *options, *memory, *session;
    check(CALL(CREATE_ENV, Status(*)(int, const char *, void **))(LOG_FATAL, "run", &environment),
          "environment");
    check(CALL(CREATE_SESSION_OPTIONS, Status(*)(void **))(&options), "options");
    check(CALL(SET_INTRA_OP_NUM_THREADS, Status(*)(void *, int))(options, 1), "threads");
    check(CALL(CREATE_CPU_MEMORY_INFO, Status(*)(int, int, void **))(
              ARENA_ALLOCATOR, DEFAULT_MEMORY, &memory), "memory");
    size_t model_size, size;
    void *model = read_file(words[2], &model_size);
    check(CALL(CREATE_SESSION_FROM_ARRAY,
               Status(*)(void *, const void *, size_t, void *, void **))(
              environment, model, model_size, options, &session), words[2]);
    void *input = read_file(words[3], &size);
    void *output = malloc(size);
    int64_t sides[4];
    for (int i = 0; i < 4; i++) {
        sides[i] = atoll(words[6 + i]);
    }
    void *given = NULL, *made = NULL;
    for (int i = 0; i < 2; i++) {
        check(CALL(CREATE_TENSOR_WITH_DATA,
                   Status(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))(
                  memory, i == 0 ? input : output, size, sides, 4, atoi(words[5]),
                  i == 0 ? &given : &made), "tensor");
    }
    const char *in[] = {"image"}, *out[] = {"stylized"};
    const void *inputs[] = {given};
    check(CALL(RUN, Status(*)(void *, const void *, const char *const *, const void *const *,
                              size_t, const char *const *, size_t, void **))(
              session, NULL, in, inputs, 1, out, 1, &made), "run");
    FILE *file = fopen(words[4], "wb");
    if (file == NULL || fwrite(output, 1, size, file) != size || fclose(file) != 0) {
        stop(words[4], "cannot be written");
    }
    return 0;
}
