#include "text/read.h"

#include <math.h>

double
read_number(const struct aigw_value *value, const char *path)
{
    return aigw_get_double(value, path, nan(""));
}
