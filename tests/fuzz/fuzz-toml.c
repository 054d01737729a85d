/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TOML text. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-toml.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (JsonNode) root = ek_toml_parse ((const char *) data, size, NULL);

  fuzz_check (root == NULL || JSON_NODE_HOLDS_OBJECT (root));
  return 0;
}
