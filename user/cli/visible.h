/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_VISIBLE_H
#define SHUNT_USER_CLI_VISIBLE_H

#define VISIBLE_SIZE 1024

/*
 * A copy for a terminal of text from elsewhere: each control character (C0, DEL, C1) and what is no
 * UTF-8 is a question mark. What is too long is cut off between characters. Returns copy.
 */
const char *visible(const char *text, char copy[VISIBLE_SIZE]);

#endif
