/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The store's one thread: carries requests out one after the other, in the
 * order they came. While somebody holds it, only the holder's are carried out,
 * the others wait. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _LamStoreThread LamStoreThread;
typedef void (*LamStoreCall) (gpointer data);

LamStoreThread *lam_store_thread_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Carries out what was asked, then ends the thread. From then on push and call
 * return false. Not from the thread itself. */
void lam_store_thread_stop (LamStoreThread *thread);
void lam_store_thread_free (LamStoreThread *thread); /* stops */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamStoreThread, lam_store_thread_free)

/* Asks for `call (data)`. False, and nothing is done, after the stop. */
bool lam_store_thread_push (
    LamStoreThread *thread, LamStoreCall call, gpointer data);
/* The same, and waits until it has been done. */
bool lam_store_thread_call (
    LamStoreThread *thread, LamStoreCall call, gpointer data);

/* hold waits its turn like a request and then keeps the others out until
 * release; hold and release come in pairs. Only call_held gets through. */
bool lam_store_thread_hold (LamStoreThread *thread);
void lam_store_thread_call_held (
    LamStoreThread *thread, LamStoreCall call, gpointer data);
void lam_store_thread_release (LamStoreThread *thread);
