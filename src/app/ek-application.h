/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application: one process, one window, files and options from the command line. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EK_TYPE_APPLICATION (ek_application_get_type ())
G_DECLARE_FINAL_TYPE (EkApplication, ek_application, EK, APPLICATION, AdwApplication)

EkApplication *ek_application_new (void);
void ek_application_add_accelerators (GtkApplication *application);

G_END_DECLS
