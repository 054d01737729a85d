/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page by itself in a window of 360 pixels, on a device that is only said to be there. */
#pragma once

#include "ek-device-private.h"
#include "scripted-operation.h"
#include "ui-test.h"

G_BEGIN_DECLS

#define PAGE_NARROW 360
#define PAGE_TALL   600

/**
 * PageTest:
 * @page: the page; the test's data is its type
 * @acted: what the page asked its window to do: "win.home", or "win.say: Copied"
 *
 * No window of the app: what a page asks of it is written down.
 */
typedef struct
{
  EkDevice *device;
  EkTarget *target;
  GtkWindow *window;
  GtkWidget *page;
  GString *acted;
} PageTest;

void page_test_setup (PageTest *self, gconstpointer page_type);
void page_test_teardown (PageTest *self, gconstpointer page_type);
void page_test_finalize (gpointer object);
void page_test_drop_page (PageTest *self);
void page_test_settle (void);
void page_test_lay_out (PageTest *self);

GtkWidget *page_test_child (PageTest *self, const char *id);
const char *page_test_text (PageTest *self, const char *id);
gboolean page_test_sees (PageTest *self, const char *id);
void page_test_click (PageTest *self, const char *label, const char *action);
void page_test_assert_names (PageTest *self);
void page_test_assert_narrow (PageTest *self, const char *state);

#define page_test_add(path, type, func) \
  g_test_add (path, PageTest, GSIZE_TO_POINTER (type), page_test_setup, func, page_test_teardown)

G_END_DECLS
