#include "proto/rpc.h"

#include "proto/pack.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include <assert.h>

enum {
    /* Holds the arrays and maps of an ordinary call in one allocation. */
    ZONE_CHUNK = 2048
};

static bool
read_uint(const msgpack_object *object, uint64_t max, uint64_t *ret)
{
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER
        || object->via.u64 > max)
        return false;
    *ret = object->via.u64;
    return true;
}

/* Reads `method, params`. */
static int
read_call(const msgpack_object *items, struct rpc_message *m)
{
    if (!unpack_text(&items[0], &m->method, &m->method_size)
        || m->method_size > RPC_METHOD_MAX
        || items[1].type != MSGPACK_OBJECT_ARRAY)
        return AIGW_EREQUEST;
    m->params = items[1];
    return 0;
}

static int
read_notification(const msgpack_object_array *items, struct rpc_message *m)
{
    if (items->size != 3)
        return AIGW_EREQUEST;
    m->type = RPC_NOTIFICATION;
    return read_call(&items->ptr[1], m);
}

static int
read_request(const msgpack_object_array *items, struct rpc_message *m)
{
    uint64_t msgid;

    if (items->size != 4 || !read_uint(&items->ptr[1], UINT32_MAX, &msgid))
        return AIGW_EREQUEST;
    m->type = RPC_REQUEST;
    m->msgid = (uint32_t)msgid;
    return read_call(&items->ptr[2], m);
}

static int
read_response(const msgpack_object_array *items, struct rpc_message *m)
{
    uint64_t msgid;

    if (items->size != 4 || !read_uint(&items->ptr[1], UINT32_MAX, &msgid))
        return AIGW_EREQUEST;
    m->type = RPC_RESPONSE;
    m->msgid = (uint32_t)msgid;
    m->error = items->ptr[2];
    m->result = items->ptr[3];
    return 0;
}

static int
read_envelope(const msgpack_object *root, struct rpc_message *m)
{
    const msgpack_object_array *items = &root->via.array;
    uint64_t type;

    if (root->type != MSGPACK_OBJECT_ARRAY || items->size == 0
        || !read_uint(&items->ptr[0], RPC_NOTIFICATION, &type))
        return AIGW_EREQUEST;
    if (type == RPC_NOTIFICATION)
        return read_notification(items, m);
    return type == RPC_REQUEST ? read_request(items, m)
                               : read_response(items, m);
}

static int
read_object(const void *data, size_t size, msgpack_zone *zone,
            msgpack_object *ret)
{
    msgpack_unpack_return result = msgpack_unpack(data, size, NULL, zone, ret);

    if (result == MSGPACK_UNPACK_SUCCESS)
        return 0;
    return result == MSGPACK_UNPACK_NOMEM_ERROR ? AIGW_ENOMEM : AIGW_EMALFORMED;
}

int
rpc_parse(const void *data, size_t size, struct rpc_message *ret)
{
    struct rpc_message m = {.method = NULL};
    msgpack_object root;
    int status;

    if (!msgpack_zone_init(&m.zone, ZONE_CHUNK))
        return AIGW_ENOMEM;
    status = read_object(data, size, &m.zone, &root);
    if (!status)
        status = read_envelope(&root, &m);
    if (status) {
        msgpack_zone_destroy(&m.zone);
        return status;
    }
    *ret = m;
    return 0;
}

void
rpc_message_free(struct rpc_message *m)
{
    msgpack_zone_destroy(&m->zone);
}

/* Steps over the header of an array with `min` elements or more. */
static bool
peek_array(const unsigned char *data, size_t size, unsigned min,
           size_t *ret_offset)
{
    if (size > 0 && data[0] >= 0x90 + min && data[0] <= 0x9f)
        *ret_offset = 1;
    else if (size > 3 && data[0] == 0xdc)
        *ret_offset = 3;
    else if (size > 5 && data[0] == 0xdd)
        *ret_offset = 5;
    else
        return false;
    return true;
}

/* Reads an integer, the only kind of object for which msgpack-c allocates
 * nothing whatever follows. */
static bool
peek_uint(const unsigned char *data, size_t size, size_t *offset, uint64_t *ret)
{
    msgpack_object object = {.type = MSGPACK_OBJECT_NIL};
    msgpack_unpack_return result;
    unsigned char tag;

    if (*offset >= size)
        return false;
    tag = data[*offset];
    if (tag >= 0x80 && (tag < 0xcc || tag > 0xd3))
        return false;
    result = msgpack_unpack((const char *)data, size, offset, NULL, &object);
    if (result != MSGPACK_UNPACK_SUCCESS
        && result != MSGPACK_UNPACK_EXTRA_BYTES)
        return false;
    return read_uint(&object, UINT32_MAX, ret);
}

bool
rpc_peek(const void *data, size_t size, enum rpc_type *ret_type,
         uint32_t *ret_msgid)
{
    uint64_t type, msgid;
    size_t offset;

    if (!peek_array(data, size, 2, &offset)
        || !peek_uint(data, size, &offset, &type) || type >= RPC_NOTIFICATION
        || !peek_uint(data, size, &offset, &msgid))
        return false;
    *ret_type = (enum rpc_type)type;
    *ret_msgid = (uint32_t)msgid;
    return true;
}

/* The envelope stands outside of all levels of `p`, so that its elements,
 * whose number is known, are not counted there. */
static void
begin_envelope(struct pack *p, size_t n, enum rpc_type type)
{
    assert(p->depth == 0);
    (void)msgpack_pack_array(&p->packer, n);
    pack_int(p, type);
}

void
rpc_begin_request(struct pack *p, uint32_t msgid, const char *method)
{
    begin_envelope(p, 4, RPC_REQUEST);
    pack_int(p, msgid);
    pack_str(p, method);
}

void
rpc_begin_notification(struct pack *p, const char *method)
{
    begin_envelope(p, 3, RPC_NOTIFICATION);
    pack_str(p, method);
}

void
rpc_begin_response(struct pack *p, uint32_t msgid)
{
    begin_envelope(p, 4, RPC_RESPONSE);
    pack_int(p, msgid);
    pack_nil(p);
}

void
rpc_put_error(struct pack *p, uint32_t msgid, int status, const char *text)
{
    bool known = status <= AIGW_EOVERLOADED || status == AIGW_OK;
    int code = known ? status : AIGW_EINTERNAL;

    begin_envelope(p, 4, RPC_RESPONSE);
    pack_int(p, msgid);
    (void)msgpack_pack_array(&p->packer, 2);
    pack_int(p, code);
    pack_str(p, text ? text : aigw_status_text(status));
    pack_nil(p);
}
