/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images of apps and boot loaders: what is accepted lies within the bytes. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-app-image.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  EkAppImage image;
  EkAppDescription description;

  if (ek_app_image_parse (data, size, &image, NULL))
    fuzz_check (image.size <= size && image.n_segments <= EK_IMAGE_MAX_SEGMENTS);
  if (ek_app_description_parse (data, size, &description))
    fuzz_check (g_utf8_validate (description.version, -1, NULL));
  ek_app_image_is_candidate (data, size);
  return 0;
}
