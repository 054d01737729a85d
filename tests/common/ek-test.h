/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated EchoKit, a firmware small enough to flash a thousand times, and the files beside us. */
#pragma once

#include "ek-bundle.h"
#include "ek-port.h"
#include "ek-simulator.h"

G_BEGIN_DECLS

char *ek_test_shared_path (const char *name);
GBytes *ek_test_read_file (const char *path);
GBytes *ek_test_firmware_new (guint32 app_size, guint32 seed);
EkPort *ek_test_port_new (const char *options, EkSimulator **simulator);
gboolean ek_test_is_quick (void);

#define ek_test_skip_without(path)                   \
  if (!g_file_test (path, G_FILE_TEST_EXISTS))       \
    {                                                \
      g_test_skip ("the real firmware is not here"); \
      return;                                        \
    }

G_END_DECLS
