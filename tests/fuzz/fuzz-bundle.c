/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole firmware files: merged images, apps, archives. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-bundle.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (EkBundle) bundle = ek_bundle_new_from_bytes (bytes, "fuzz", NULL);

  if (bundle == NULL)
    return 0;

  fuzz_check (ek_bundle_get_n_segments (bundle) > 0);
  fuzz_check (ek_bundle_get_signature (bundle)->state != EK_SIGNATURE_TRUSTED);
  return 0;
}
