/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three numbers in one line of text, as people note and paste positions. */
#pragma once

#include <stdbool.h>

/* "10, 20, 5", "x=10 y=20 z=5", …: anything but a digit, sign or point may
 * stand between them. False unless there are exactly three. */
bool lam_triple_parse (const char *text, double numbers[3]);
