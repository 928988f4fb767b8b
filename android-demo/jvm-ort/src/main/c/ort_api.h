/*
 * What is used of onnxruntime's C interface.
 *
 * The wheel has no header, so it is declared here, from its documentation
 * (https://onnxruntime.ai/docs/api/c/struct_ort_api.html): OrtApi is a table of functions that only
 * ever grows at its end, so a function's place in it is part of the interface. All that are used
 * are there since version 5 of the table, and version 5 is asked for.
 */
#ifndef TINYSTYLE_ORT_API_H
#define TINYSTYLE_ORT_API_H

#include <stdint.h>

enum { API_VERSION = 5, LOG_FATAL = 4, ARENA_ALLOCATOR = 1, DEFAULT_MEMORY = 0 };

/* Places in OrtApi. */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    ENABLE_MEM_PATTERN = 16,
    DISABLE_MEM_PATTERN = 17,
    SET_SESSION_LOG_SEVERITY_LEVEL = 22,
    SET_INTRA_OP_NUM_THREADS = 24,
    SET_INTER_OP_NUM_THREADS = 25,
    SESSION_GET_INPUT_COUNT = 30,
    SESSION_GET_OUTPUT_COUNT = 31,
    SESSION_GET_INPUT_TYPE_INFO = 33,
    SESSION_GET_OUTPUT_TYPE_INFO = 34,
    SESSION_GET_INPUT_NAME = 36,
    SESSION_GET_OUTPUT_NAME = 37,
    CREATE_TENSOR_WITH_DATA = 49,
    GET_TENSOR_MUTABLE_DATA = 51,
    CAST_TYPE_INFO_TO_TENSOR_INFO = 55,
    GET_TENSOR_ELEMENT_TYPE = 60,
    GET_DIMENSIONS_COUNT = 61,
    GET_DIMENSIONS = 62,
    GET_TENSOR_SHAPE_ELEMENT_COUNT = 64,
    GET_TENSOR_TYPE_AND_SHAPE = 65,
    CREATE_CPU_MEMORY_INFO = 69,
    ALLOCATOR_FREE = 76,
    GET_ALLOCATOR_WITH_DEFAULT_OPTIONS = 78,
    RELEASE_STATUS = 93,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_TYPE_INFO = 98,
    RELEASE_TENSOR_TYPE_AND_SHAPE_INFO = 99,
    RELEASE_SESSION_OPTIONS = 100,
    ADD_FREE_DIMENSION_OVERRIDE_BY_NAME = 124,
    GET_AVAILABLE_PROVIDERS = 125,
    RELEASE_AVAILABLE_PROVIDERS = 126,
    ADD_SESSION_CONFIG_ENTRY = 130
};

typedef void *Status; /* NULL where all is well */
typedef struct {
    const void *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} ApiBase;

#define CALL(place, type) ((type)api[place])

#endif
