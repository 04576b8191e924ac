#include "io/db_internal.h"
#include "proto/bytes.h"

#include <stdlib.h>

struct db_rows {
    int n_rows;
    int n_columns;
    bool more;
    struct bytes cells; /* struct cell, row by row. */
    struct bytes data;  /* Texts and blobs, a NUL behind each. */
};

struct cell {
    enum db_type type;
    int64_t integer; /* DB_INT */
    size_t offset;   /* Into `data`, which moves while it grows. */
    size_t size;
};

static int
add_data(struct db_rows *rows, sqlite3_stmt *statement, int column,
         struct cell *cell)
{
    const void *data = cell->type == DB_TEXT
                           ? sqlite3_column_text(statement, column)
                           : sqlite3_column_blob(statement, column);
    int status;

    /* Only now: reading may have converted the value. */
    cell->size = (size_t)sqlite3_column_bytes(statement, column);
    cell->offset = rows->data.size;
    if (cell->size > 0 && !data)
        return AIGW_ENOMEM;
    status = bytes_append(&rows->data, data, cell->size);
    return status ? status : bytes_append(&rows->data, "", 1);
}

static enum db_type
cell_type(int type)
{
    switch (type) {
    case SQLITE_NULL:
        return DB_NULL;
    case SQLITE_INTEGER:
        return DB_INT;
    case SQLITE_BLOB:
        return DB_BLOB;
    default:
        return DB_TEXT;
    }
}

static int
add_cell(struct db_rows *rows, sqlite3_stmt *statement, int column)
{
    struct cell cell = {
        .type = cell_type(sqlite3_column_type(statement, column)),
    };
    int status = 0;

    if (cell.type == DB_INT)
        cell.integer = sqlite3_column_int64(statement, column);
    else if (cell.type != DB_NULL)
        status = add_data(rows, statement, column, &cell);
    return status ? status : bytes_append(&rows->cells, &cell, sizeof(cell));
}

/* A row that does not fit leaves no trace. */
static int
add_row(struct db_rows *rows, sqlite3_stmt *statement, size_t max_bytes)
{
    size_t cells_size = rows->cells.size;
    size_t data_size = rows->data.size;
    int status = 0;

    for (int i = 0; i < rows->n_columns && status == 0; i++)
        status = add_cell(rows, statement, i);
    if (status == 0 && rows->cells.size + rows->data.size > max_bytes)
        status = AIGW_ETOOBIG;
    if (status) {
        bytes_truncate(&rows->cells, cells_size);
        bytes_truncate(&rows->data, data_size);
        return status;
    }
    rows->n_rows++;
    return 0;
}

static struct db_rows *
rows_new(int n_columns, size_t max_bytes)
{
    struct db_rows *rows = calloc(1, sizeof(*rows));

    if (!rows)
        return NULL;
    rows->n_columns = n_columns;
    bytes_init(&rows->cells, max_bytes);
    bytes_init(&rows->data, max_bytes);
    return rows;
}

/* SQLITE_DONE at the end or the limits. */
static int
step_all(struct db_rows *rows, sqlite3_stmt *statement, int max_rows,
         size_t max_bytes)
{
    int code;
    int status;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        status = rows->n_rows < max_rows ? add_row(rows, statement, max_bytes)
                                         : AIGW_ETOOBIG;
        if (status == AIGW_ENOMEM)
            return SQLITE_NOMEM;
        if (status == 0)
            continue;
        rows->more = true;
        return rows->n_rows > 0 || max_rows < 1 ? SQLITE_DONE : SQLITE_TOOBIG;
    }
    return code;
}

int
db_rows_collect(sqlite3_stmt *statement, int max_rows, size_t max_bytes,
                struct db_rows **ret_rows)
{
    struct db_rows *rows = rows_new(sqlite3_column_count(statement), max_bytes);
    int code;

    if (!rows)
        return SQLITE_NOMEM;
    code = step_all(rows, statement, max_rows, max_bytes);
    if (code != SQLITE_DONE) {
        db_rows_free(rows);
        return code;
    }
    *ret_rows = rows;
    return SQLITE_OK;
}

void
db_rows_free(struct db_rows *rows)
{
    if (!rows)
        return;
    bytes_deinit(&rows->cells);
    bytes_deinit(&rows->data);
    free(rows);
}

int
db_rows_count(const struct db_rows *rows)
{
    return rows->n_rows;
}

bool
db_rows_more(const struct db_rows *rows)
{
    return rows->more;
}

static const struct cell *
cell_at(const struct db_rows *rows, int row, int column)
{
    const struct cell *cells = (const void *)rows->cells.data;

    if (row < 0 || row >= rows->n_rows || column < 0
        || column >= rows->n_columns)
        return NULL;
    return &cells[(size_t)row * (size_t)rows->n_columns + (size_t)column];
}

struct db_value
db_rows_at(const struct db_rows *rows, int row, int column)
{
    const struct cell *cell = cell_at(rows, row, column);
    struct db_value value = {.type = cell ? cell->type : DB_NULL};

    if (value.type == DB_INT) {
        value.integer = cell->integer;
    } else if (value.type != DB_NULL) {
        value.data = rows->data.data + cell->offset;
        value.size = cell->size;
    }
    return value;
}

int64_t
db_rows_int(const struct db_rows *rows, int row, int column)
{
    return db_rows_at(rows, row, column).integer;
}

const char *
db_rows_text(const struct db_rows *rows, int row, int column)
{
    struct db_value value = db_rows_at(rows, row, column);

    return value.type == DB_TEXT ? value.data : "";
}
