/*
 * ledger_internal.h - what the files of the ledger share:
 *
 *     ledger.c           the tables, what is entered and what is dropped
 *     ledger_report.c    the questions asked of it
 */
#ifndef AIGW_APP_LEDGER_INTERNAL_H
#define AIGW_APP_LEDGER_INTERNAL_H

#include "app/ledger.h"
#include "app/storage.h"

struct ledger {
    struct storage storage;
    int64_t n_lost;
    unsigned n_untidied; /* Rows entered since the oldest were looked at. */
};

#endif
