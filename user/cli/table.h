/* SPDX-License-Identifier: Apache-2.0 */
/* Text in columns that are as wide as they have to be. */
#ifndef SHUNT_USER_CLI_TABLE_H
#define SHUNT_USER_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10

struct table;

/* headings end with NULL. NULL for want of memory. */
struct table *table_new(const char *const *headings);

/*
 * Adds the next cell, from left to right and row by row; "" and NULL print as a dash. Control
 * characters do not get through. Want of memory is told by table_print().
 */
void table_add(struct table *table, const char *text);

/* Prints the headings and the rows. 0 or -errno. */
int table_print(const struct table *table, FILE *file);

/* Safe on NULL. */
void table_free(struct table *table);

#endif
