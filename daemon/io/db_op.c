#include "io/db_internal.h"

#include <stdlib.h>
#include <string.h>

struct db_value
db_null(void)
{
    return (struct db_value){.type = DB_NULL};
}

struct db_value
db_int(int64_t integer)
{
    return (struct db_value){.type = DB_INT, .integer = integer};
}

struct db_value
db_text(const char *text)
{
    return text ? db_text_n(text, strlen(text)) : db_null();
}

struct db_value
db_text_n(const char *text, size_t size)
{
    return (struct db_value){.type = DB_TEXT, .data = text, .size = size};
}

struct db_value
db_blob(const void *data, size_t size)
{
    return (struct db_value){.type = DB_BLOB, .data = data, .size = size};
}

size_t
db_op_size(const struct db_value *values, int n_values)
{
    size_t size = sizeof(struct db_op);

    for (int i = 0; i < n_values; i++)
        size += sizeof(*values) + values[i].size;
    return size;
}

static void
copy_values(struct db_op *op, const struct db_value *values)
{
    char *end = (char *)&op->values[op->n_values];

    for (int i = 0; i < op->n_values; i++) {
        op->values[i] = values[i];
        op->values[i].data = end;
        if (values[i].size > 0)
            memcpy(end, values[i].data, values[i].size);
        end += values[i].size;
    }
}

struct db_op *
db_op_new(const char *sql, const struct db_value *values, int n_values)
{
    size_t size = db_op_size(values, n_values);
    struct db_op *op = malloc(size);

    if (!op)
        return NULL;
    *op = (struct db_op){.sql = sql, .size = size, .n_values = n_values};
    copy_values(op, values);
    return op;
}

void
db_op_free(struct db_op *op)
{
    db_rows_free(op->rows);
    free(op);
}

void
db_ops_free(struct db_ops *ops)
{
    struct db_op *op;

    while ((op = TAILQ_FIRST(ops))) {
        TAILQ_REMOVE(ops, op, link);
        db_op_free(op);
    }
}
