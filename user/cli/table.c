// SPDX-License-Identifier: Apache-2.0
#include "user/cli/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/visible.h"
#include "user/lib/array.h"

struct table {
	char **cells; /* headings first */
	size_t count;
	size_t capacity;
	size_t columns;
	size_t widths[TABLE_COLUMNS_MAX]; /* characters */
	int error;
};

/* Characters of UTF-8. Those of double width are not told apart. */
static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

void table_add(struct table *table, const char *text)
{
	size_t column = table->count % table->columns, width;
	char shown[VISIBLE_SIZE];
	char *copy;

	if (table->error)
		return;
	copy = strdup(visible(text && *text ? text : "-", shown));
	table->error = copy ? array_grow(&table->cells, &table->capacity, table->count,
					 sizeof(*table->cells))
			    : -ENOMEM;
	if (table->error) {
		free(copy);
		return;
	}
	width = count_characters(copy);
	if (width > table->widths[column])
		table->widths[column] = width;
	table->cells[table->count++] = copy;
}

struct table *table_new(const char *const *headings)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	while (headings[table->columns] && table->columns < TABLE_COLUMNS_MAX)
		table->columns++;
	for (size_t i = 0; i < table->columns; i++)
		table_add(table, headings[i]);
	return table;
}

int table_print(const struct table *table, FILE *file)
{
	if (table->error)
		return table->error;
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		const char *cell = table->cells[i];

		if (column + 1 == table->columns)
			fprintf(file, "%s\n", cell);
		else
			fprintf(file, "%s%*s", cell,
				(int)(table->widths[column] - count_characters(cell) + 2), "");
	}
	return ferror(file) ? -EPIPE : 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
