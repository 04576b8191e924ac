/* cppcheck.h - the loop macros of jansson and <sys/queue.h>, as cppcheck may
 * see them: it does not read system headers. */
#define json_array_foreach(array, i, value)                                    \
    for ((i) = 0; ((value) = json_array_get(array, i)) != NULL; (i)++)
#define json_object_foreach(object, key, value)                                \
    for ((key) = json_object_iter_key(object);                                 \
         ((value) = json_object_iter_value(object)) != NULL;)
#define LIST_HEAD(name, type)                                                  \
    struct name {                                                              \
        struct type *lh_first;                                                 \
    }
#define TAILQ_FOREACH(el, head, field)                                         \
    for ((el) = (head)->tqh_first; (el); (el) = (el)->field.tqe_next)
