/*
 * utlist.h - stands in for utlist where analyzers read; see uthash.h.
 */
#ifndef AIGW_TESTS_LINT_UTLIST_H
#define AIGW_TESTS_LINT_UTLIST_H

void *utlist_append(void *head, void *el);
void *utlist_delete(void *head, void *el);

#define DL_APPEND(head, el)  ((head) = utlist_append((head), (el)))
#define DL_DELETE(head, el)  ((head) = utlist_delete((head), (el)))
#define DL_FOREACH(head, el) for ((el) = (head); (el); (el) = (el)->next)

#endif
