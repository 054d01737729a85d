/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The toolkit's file chooser, used as a person uses it. A program with it is
 * not searched for leaks. */
#pragma once

#include "ui-test.h"

G_BEGIN_DECLS

GtkDialog *file_chooser_find (void);
void file_chooser_save (const char *path);

G_END_DECLS
