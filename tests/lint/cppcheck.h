/* cppcheck.h - the loop macros of uthash and jansson, as cppcheck may see
 * them: it does not read system headers. */
#define HASH_ITER(hh, head, el, tmp)                                           \
    for ((el) = (head), (tmp) = NULL; (el); (el) = (tmp))
#define json_array_foreach(array, i, value)                                    \
    for ((i) = 0; ((value) = json_array_get(array, i)) != NULL; (i)++)
#define json_object_foreach(object, key, value)                                \
    for ((key) = json_object_iter_key(object);                                 \
         ((value) = json_object_iter_value(object)) != NULL;)
#define TAILQ_FOREACH(el, head, field)                                         \
    for ((el) = (head)->tqh_first; (el); (el) = (el)->field.tqe_next)
