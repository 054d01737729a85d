/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's log, live: for a window, or a terminal. */
#pragma once

#include "ek-boot-verdict.h"
#include "ek-crash.h"
#include "ek-log.h"
#include "ek-port.h"

G_BEGIN_DECLS

/**
 * EkMonitorState:
 * @EK_MONITOR_IDLE: not started, or stopped
 * @EK_MONITOR_WAITING: the device is being opened, or is away and waited for
 * @EK_MONITOR_LISTENING: what it says is heard
 * @EK_MONITOR_FAILED: it ended by itself; see ek_monitor_get_error()
 */
typedef enum
{
  EK_MONITOR_IDLE,
  EK_MONITOR_WAITING,
  EK_MONITOR_LISTENING,
  EK_MONITOR_FAILED,
} EkMonitorState;

/**
 * EkMonitorOptions:
 * @baud: of the console, bits a second; 0 for 115200
 * @reset: restart the device first; else it is not disturbed
 * @no_reconnect: fail with %EK_ERROR_LINK_LOST when the device goes away
 * @capacity: lines to keep; 0 for %EK_LOG_DEFAULT_CAPACITY
 */
typedef struct
{
  guint baud;
  gboolean reset;
  gboolean no_reconnect;
  guint capacity;
} EkMonitorOptions;

/* Properties: state (EkMonitorState), path, paused (writable). Signals: "line" (EkLogLine) for each
 * line, also while paused; "crash" (EkCrash); "verdict-changed". All on the thread that started it. */
#define EK_TYPE_MONITOR (ek_monitor_get_type ())
G_DECLARE_FINAL_TYPE (EkMonitor, ek_monitor, EK, MONITOR, GObject)

EkMonitor *ek_monitor_new (EkPort *port, const EkMonitorOptions *options);
void ek_monitor_start (EkMonitor *self);
void ek_monitor_stop (EkMonitor *self);
void ek_monitor_restart_device (EkMonitor *self);
void ek_monitor_set_paused (EkMonitor *self, gboolean paused);
gboolean ek_monitor_get_paused (EkMonitor *self);

EkLog *ek_monitor_get_log (EkMonitor *self);
EkBootVerdict *ek_monitor_get_verdict (EkMonitor *self);
EkMonitorState ek_monitor_get_state (EkMonitor *self);
const char *ek_monitor_get_path (EkMonitor *self);
const GError *ek_monitor_get_error (EkMonitor *self);
guint64 ek_monitor_get_bytes_read (EkMonitor *self);

G_END_DECLS
