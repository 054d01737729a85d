/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated chip in this process: no thread and no waiting, the port's clock is the model's. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-private.h"
#include "ek-simulator-port.h"

#include "ek-adapter.h"

#define PACE_KEY "pace="
#define MAX_PACE 1e6

#define EK_TYPE_SIMULATOR_PORT (ek_simulator_port_get_type ())
G_DECLARE_FINAL_TYPE (EkSimulatorPort, ek_simulator_port, EK, SIMULATOR_PORT, EkPort)

struct _EkSimulatorPort
{
  EkPort parent_instance;

  EkSimulator *simulator;
  char *name;  /* the chip's when the port was opened: a new one means that it was unplugged */
  double pace; /* simulated seconds a real second; 0: as fast as the computer can */
};

G_DEFINE_FINAL_TYPE (EkSimulatorPort, ek_simulator_port, EK_TYPE_PORT)

static void
learn_traits (EkSimulatorPort *self)
{
  guint usb_id = ek_simulator_get_usb_id (self->simulator);
  const EkAdapter *adapter = ek_adapter_find ((guint16) (usb_id >> 16), (guint16) usb_id);
  g_autofree char *path = g_strdup_printf ("sim:%s", ek_simulator_get_name (self->simulator));
  EkPortTraits traits = {
    .path = path,
    .kind = adapter != NULL ? adapter->kind : EK_PORT_KIND_UNKNOWN,
    .max_baud = adapter != NULL ? adapter->max_baud : 921600,
    .has_lines = TRUE,
    .simulated = TRUE,
  };

  ek_port_set_traits (EK_PORT (self), &traits);
}

static gboolean
set_gone (EkSimulatorPort *self, EkError code, GError **error)
{
  g_set_error (error, EK_ERROR, code, "%s: the simulated device is unplugged",
               ek_port_get_path (EK_PORT (self)));
  return FALSE;
}

/* As with a tty, what was opened before the unplugging stays dead. */
static gboolean
has_returned (EkSimulatorPort *self)
{
  return g_strcmp0 (self->name, ek_simulator_get_name (self->simulator)) != 0;
}

static gboolean
is_gone (EkSimulatorPort *self)
{
  return !ek_simulator_is_present (self->simulator) || has_returned (self);
}

static gboolean
ek_simulator_port_open (EkPort *port, GCancellable *cancellable, GError **error)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (port);

  if (!ek_simulator_is_present (self->simulator))
    return set_gone (self, EK_ERROR_PORT_NOT_FOUND, error);

  learn_traits (self);
  g_free (self->name);
  self->name = g_strdup (ek_simulator_get_name (self->simulator));
  ek_simulator_set_baud (self->simulator, 115200);
  return TRUE;
}

/* Lets the model's clock run to @time, in step with the real one where a pace is set. */
static gboolean
advance (EkSimulatorPort *self, gint64 time, GCancellable *cancellable, GError **error)
{
  gint64 duration = time - ek_simulator_get_now (self->simulator);

  if (self->pace > 0 && duration > 0)
    {
      EkPortClass *parent = EK_PORT_CLASS (ek_simulator_port_parent_class);

      if (!parent->sleep (EK_PORT (self), (gint64) ((double) duration / self->pace), cancellable,
                          error))
        return FALSE;
    }
  ek_simulator_advance (self->simulator, time);

  return !ek_error_set_cancelled (cancellable, error);
}

static gssize
ek_simulator_port_read (EkPort *port,
                        guint8 *buffer,
                        gsize size,
                        gint64 deadline,
                        GCancellable *cancellable,
                        GError **error)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (port);

  while (TRUE)
    {
      gsize n = has_returned (self) ? 0 : ek_simulator_read (self->simulator, buffer, size);
      gint64 next;

      if (n > 0)
        return (gssize) n;
      if (is_gone (self))
        {
          set_gone (self, EK_ERROR_LINK_LOST, error);
          return -1;
        }
      if (ek_simulator_get_now (self->simulator) >= deadline)
        return 0;

      next = ek_simulator_get_next_event (self->simulator);
      if (next < 0 || next > deadline)
        next = deadline;
      if (!advance (self, next, cancellable, error))
        return -1;
    }
}

static gboolean
ek_simulator_port_write (EkPort *port,
                         const guint8 *data,
                         gsize size,
                         gint64 deadline,
                         GCancellable *cancellable,
                         GError **error)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (port);

  if (is_gone (self))
    return set_gone (self, EK_ERROR_LINK_LOST, error);

  return ek_simulator_write (self->simulator, data, size, error);
}

static gboolean
ek_simulator_port_set_baud (EkPort *port, guint baud, GError **error)
{
  ek_simulator_set_baud (EK_SIMULATOR_PORT (port)->simulator, baud);
  return TRUE;
}

static gboolean
ek_simulator_port_set_lines (EkPort *port, gboolean dtr, gboolean rts, GError **error)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (port);

  if (is_gone (self))
    return set_gone (self, EK_ERROR_LINK_LOST, error);

  ek_simulator_set_lines (self->simulator, dtr, rts);
  return TRUE;
}

static void
ek_simulator_port_discard_input (EkPort *port)
{
  ek_simulator_discard_input (EK_SIMULATOR_PORT (port)->simulator);
}

static void
ek_simulator_port_close (EkPort *port)
{
}

static gint64
ek_simulator_port_now (EkPort *port)
{
  return ek_simulator_get_now (EK_SIMULATOR_PORT (port)->simulator);
}

static gboolean
ek_simulator_port_sleep (EkPort *port, gint64 duration, GCancellable *cancellable, GError **error)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (port);

  return advance (self, ek_simulator_get_now (self->simulator) + duration, cancellable, error);
}

static void
ek_simulator_port_finalize (GObject *object)
{
  EkSimulatorPort *self = EK_SIMULATOR_PORT (object);

  if (self->simulator != NULL)
    ek_simulator_save (self->simulator, NULL);
  g_clear_object (&self->simulator);
  g_free (self->name);

  G_OBJECT_CLASS (ek_simulator_port_parent_class)->finalize (object);
}

static void
ek_simulator_port_class_init (EkSimulatorPortClass *klass)
{
  EkPortClass *port_class = EK_PORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ek_simulator_port_finalize;

  port_class->open = ek_simulator_port_open;
  port_class->read = ek_simulator_port_read;
  port_class->write = ek_simulator_port_write;
  port_class->set_baud = ek_simulator_port_set_baud;
  port_class->set_lines = ek_simulator_port_set_lines;
  port_class->discard_input = ek_simulator_port_discard_input;
  port_class->close = ek_simulator_port_close;
  port_class->now = ek_simulator_port_now;
  port_class->sleep = ek_simulator_port_sleep;
}

static void
ek_simulator_port_init (EkSimulatorPort *self)
{
}

static gboolean
parse_pace (const char *text, double *pace, GError **error)
{
  char *end;

  *pace = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *pace >= 0 && *pace <= MAX_PACE)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "simulator: “%s” is no value for pace: NUMBER", text);
  return FALSE;
}

/* Takes `pace=N` out of the options: it is about this port, not about the chip. */
static char *
take_pace (const char *options, double *pace, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (options, "?", 2);
  g_auto (GStrv) pairs = NULL;
  g_autoptr (GString) rest = NULL;

  *pace = 0;
  if (halves[0] == NULL || halves[1] == NULL)
    return g_strdup (options);

  rest = g_string_new (NULL);
  pairs = g_strsplit (halves[1], "&", -1);
  for (guint i = 0; pairs[i] != NULL; i++)
    {
      if (!g_str_has_prefix (pairs[i], PACE_KEY))
        g_string_append_printf (rest, "%s%s", rest->len > 0 ? "&" : "", pairs[i]);
      else if (!parse_pace (pairs[i] + strlen (PACE_KEY), pace, error))
        return NULL;
    }

  return rest->len > 0 ? g_strdup_printf ("%s?%s", halves[0], rest->str) : g_strdup (halves[0]);
}

/**
 * ek_simulator_port_new:
 * @options: `CHIP?option=value…` as ek_simulator_new() takes it, and `pace=N`: simulated seconds a
 *   real second, for people to watch; without it the clock jumps
 *
 * Returns: (transfer full): %NULL with %EK_ERROR_INVALID_ARGUMENT or a file's error
 */
EkPort *
ek_simulator_port_new (const char *options, GError **error)
{
  g_autoptr (EkSimulator) simulator = NULL;
  g_autofree char *chip_options = NULL;
  EkSimulatorPort *self;
  double pace;

  if (!(chip_options = take_pace (options, &pace, error)) ||
      !(simulator = ek_simulator_new (chip_options, error)))
    return NULL;

  self = g_object_new (EK_TYPE_SIMULATOR_PORT, NULL);
  self->simulator = g_steal_pointer (&simulator);
  self->pace = pace;
  learn_traits (self);
  return EK_PORT (self);
}

/**
 * ek_simulator_port_get_simulator:
 * @port: any port
 *
 * Returns: (nullable) (transfer none): the chip behind a `sim:` port, for tests and benchmarks
 */
EkSimulator *
ek_simulator_port_get_simulator (EkPort *port)
{
  return EK_IS_SIMULATOR_PORT (port) ? EK_SIMULATOR_PORT (port)->simulator : NULL;
}

/**
 * ek_port_set_simulated_contents:
 * @contents: (nullable): a merged image
 *
 * Says what simulated devices hold that are made from now on, unless their options say otherwise.
 */
void
ek_port_set_simulated_contents (GBytes *contents)
{
  ek_simulator_set_demo_contents (contents);
}
