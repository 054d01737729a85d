/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of two firmware versions is the newer one, where that can be told. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EkVersionOrder:
 *
 * What is offered, compared with what is installed.
 */
typedef enum
{
  EK_VERSION_OLDER,
  EK_VERSION_SAME,
  EK_VERSION_NEWER,
  EK_VERSION_UNKNOWN, /* perhaps the one, perhaps the other */
} EkVersionOrder;

EkVersionOrder ek_version_compare (const char *installed, const char *offered);
gboolean ek_version_is_release (const char *version);

G_END_DECLS
