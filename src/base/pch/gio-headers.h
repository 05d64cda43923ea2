/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Read once for all files of a floor where the build has b_pch. */
#include <gio/gio.h>
