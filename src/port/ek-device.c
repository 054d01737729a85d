/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device as an object that stays the same while its tty's name and its state change. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define TAIL_DIGITS 4

struct _EkDevice
{
  GObject parent_instance;

  EkDeviceFacts facts;
  char *uri; /* (nullable): of a simulated device */
  char *board;
  char *name; /* (nullable): until somebody asks */
  char *tail;
  EkDeviceState state;
  EkPortHolder holder;
  guint n_users;
};

typedef enum
{
  PROP_ID = 1,
  PROP_PATH,
  PROP_URI,
  PROP_NAME,
  PROP_TAIL,
  PROP_BOARD,
  PROP_KIND,
  PROP_SIMULATED,
  PROP_STATE,
  PROP_HOLDER,
  PROP_IN_USE,
} EkDeviceProperty;

static GParamSpec *properties[PROP_IN_USE + 1];

G_DEFINE_FINAL_TYPE (EkDevice, ek_device, G_TYPE_OBJECT)

/* The names are part of the command line's JSON: once out, they stay. */
static const struct
{
  const char *name;
  gboolean is_problem;
  EkError code; /* whose advice helps */
} states[EK_N_DEVICE_STATES] = {
  [EK_DEVICE_READY] = { "ready" },
  [EK_DEVICE_NO_PERMISSION] = { "no-permission", TRUE, EK_ERROR_PORT_NO_PERMISSION },
  [EK_DEVICE_BUSY] = { "busy", TRUE, EK_ERROR_PORT_BUSY },
  [EK_DEVICE_GONE] = { "gone", TRUE, EK_ERROR_PORT_NOT_FOUND },
  [EK_DEVICE_UNKNOWN] = { "unknown", TRUE, EK_ERROR_PORT_NOT_SERIAL },
  [EK_DEVICE_SETTLING] = { "settling" },
  [EK_DEVICE_RESTARTING] = { "restarting", TRUE, EK_ERROR_BOOT_LOOP },
  [EK_DEVICE_NO_DRIVER] = { "no-driver", TRUE, EK_ERROR_PORT_NO_DRIVER },
};

void
ek_device_facts_clear (EkDeviceFacts *facts)
{
  g_free (facts->id);
  g_free (facts->path);
  g_free (facts->bus_path);
  g_free (facts->manufacturer);
  g_free (facts->product);
  g_free (facts->serial);
  *facts = (EkDeviceFacts){ 0 };
}

static void
ek_device_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkDevice *self = EK_DEVICE (object);

  switch ((EkDeviceProperty) property_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->facts.id);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->facts.path);
      break;
    case PROP_URI:
      g_value_set_string (value, ek_device_get_uri (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, ek_device_get_name (self));
      break;
    case PROP_TAIL:
      g_value_set_string (value, self->tail);
      break;
    case PROP_BOARD:
      g_value_set_string (value, self->board);
      break;
    case PROP_KIND:
      g_value_set_int (value, (int) ek_device_get_kind (self));
      break;
    case PROP_SIMULATED:
      g_value_set_boolean (value, self->uri != NULL);
      break;
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_HOLDER:
      g_value_set_string (value, self->holder.name);
      break;
    case PROP_IN_USE:
      g_value_set_boolean (value, self->n_users > 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_device_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_BOARD)
    ek_device_set_board (EK_DEVICE (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ek_device_finalize (GObject *object)
{
  EkDevice *self = EK_DEVICE (object);

  ek_device_facts_clear (&self->facts);
  ek_port_holder_clear (&self->holder);
  g_free (self->uri);
  g_free (self->board);
  g_free (self->name);
  g_free (self->tail);

  G_OBJECT_CLASS (ek_device_parent_class)->finalize (object);
}

static void
ek_device_class_init (EkDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_device_get_property;
  object_class->set_property = ek_device_set_property;
  object_class->finalize = ek_device_finalize;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_URI] = g_param_spec_string ("uri", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_TAIL] = g_param_spec_string ("tail", NULL, NULL, NULL, flags);
  properties[PROP_BOARD] =
      g_param_spec_string ("board", NULL, NULL, NULL, flags | G_PARAM_WRITABLE);
  properties[PROP_KIND] =
      g_param_spec_int ("kind", NULL, NULL, 0, EK_PORT_KIND_USB_OTG, EK_PORT_KIND_UNKNOWN, flags);
  properties[PROP_SIMULATED] = g_param_spec_boolean ("simulated", NULL, NULL, FALSE, flags);
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, 0, EK_N_DEVICE_STATES - 1, EK_DEVICE_UNKNOWN, flags);
  properties[PROP_HOLDER] = g_param_spec_string ("holder", NULL, NULL, NULL, flags);
  properties[PROP_IN_USE] = g_param_spec_boolean ("in-use", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_device_init (EkDevice *self)
{
  self->state = EK_DEVICE_UNKNOWN;
}

/* The chip's own USB has its MAC for a serial number, "98:A3:16:E5:D8:4A". */
static char *
make_tail (const char *serial)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  for (const char *c = serial; c != NULL && *c != '\0'; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (digits, g_ascii_toupper (*c));

  return digits->len >= TAIL_DIGITS ? g_strdup (digits->str + digits->len - TAIL_DIGITS) : NULL;
}

/**
 * ek_device_new:
 * @facts: (transfer full): emptied
 *
 * Returns: (transfer full): a device of which only sysfs was asked
 */
EkDevice *
ek_device_new (EkDeviceFacts *facts)
{
  EkDevice *self = g_object_new (EK_TYPE_DEVICE, NULL);

  self->facts = *facts;
  self->tail = make_tail (facts->serial);
  *facts = (EkDeviceFacts){ 0 };
  return self;
}

/**
 * ek_device_new_simulated:
 * @uri: `sim:…`
 *
 * Returns: (transfer full): a device that isn't there, ready
 */
EkDevice *
ek_device_new_simulated (const char *uri)
{
  EkDevice *self = g_object_new (EK_TYPE_DEVICE, NULL);

  self->uri = g_strdup (uri);
  self->facts.id = g_strdup (uri);
  self->facts.path = g_strdup (uri);
  self->facts.has_port = TRUE;
  self->state = EK_DEVICE_READY;
  return self;
}

/**
 * ek_device_add_bus_path:
 *
 * Makes the id of a device unique whose serial number another one has too.
 */
void
ek_device_add_bus_path (EkDevice *self)
{
  g_autofree char *id = self->facts.id;

  self->facts.id = g_strdup_printf ("%s@%s", id, self->facts.bus_path);
}

const EkDeviceFacts *
ek_device_get_facts (EkDevice *self)
{
  return &self->facts;
}

/**
 * ek_device_follow:
 * @seen: the same device, as the latest scan found it; its facts move over
 */
void
ek_device_follow (EkDevice *self, EkDevice *seen)
{
  gboolean moved = g_strcmp0 (self->facts.path, seen->facts.path) != 0;

  g_return_if_fail (g_strcmp0 (self->facts.id, seen->facts.id) == 0);

  ek_device_facts_clear (&self->facts);
  self->facts = seen->facts;
  seen->facts = (EkDeviceFacts){ 0 };
  if (!moved)
    return;

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_URI]);
}

/**
 * ek_device_set_state:
 * @holder: (nullable): who has it, where that is known
 */
void
ek_device_set_state (EkDevice *self, EkDeviceState state, const EkPortHolder *holder)
{
  const char *name = holder != NULL ? holder->name : NULL;
  gboolean other_state = self->state != state;
  gboolean other_holder = g_strcmp0 (self->holder.name, name) != 0;

  if (other_holder)
    {
      g_free (self->holder.name);
      self->holder.name = g_strdup (name);
    }
  self->holder.pid = holder != NULL ? holder->pid : 0;
  self->state = state;

  if (other_holder)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HOLDER]);
  if (other_state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/**
 * ek_device_get_id:
 *
 * Returns: (transfer none): stays the same when the device comes back under another tty name
 */
const char *
ek_device_get_id (EkDevice *self)
{
  return self->facts.id;
}

/**
 * ek_device_get_path:
 *
 * Returns: (transfer none): the tty now, or the last one of a device that is gone; of one without a
 *   serial port, the node of the USB device, which only tells people where it is
 */
const char *
ek_device_get_path (EkDevice *self)
{
  return self->facts.path;
}

/**
 * ek_device_get_uri:
 *
 * Returns: (transfer none): what ek_port_new_for_uri() takes
 */
const char *
ek_device_get_uri (EkDevice *self)
{
  return self->uri != NULL ? self->uri : self->facts.path;
}

static char *
make_name (EkDevice *self)
{
  const EkAdapter *adapter = ek_device_get_adapter (self);

  if (self->board != NULL)
    return g_strdup (self->board);
  if (self->uri != NULL)
    return g_strdup (_ ("Simulated EchoKit"));
  if (adapter == NULL)
    return g_strdup (self->facts.product != NULL ? self->facts.product : _ ("Unknown device"));
  if (adapter->kind == EK_PORT_KIND_UART)
    /* Translators: a USB adapter's chip, such as "CH343" */
    return g_strdup_printf (_ ("Device behind a %s adapter"), adapter->name);

  return g_strdup (_ ("EchoKit"));
}

/**
 * ek_device_get_name:
 *
 * Returns: (transfer none): what to call it in front of people: what runs on it where that is known,
 *   else what it says to be. Two of a name are told apart by ek_device_get_tail().
 */
const char *
ek_device_get_name (EkDevice *self)
{
  if (self->name == NULL)
    self->name = make_name (self);

  return self->name;
}

/**
 * ek_device_get_tail:
 *
 * Returns: (nullable) (transfer none): the last four characters of its serial number, which is the MAC
 *   for the chip's own USB
 */
const char *
ek_device_get_tail (EkDevice *self)
{
  return self->tail;
}

/**
 * ek_device_get_board:
 *
 * Returns: (nullable) (transfer none): as set with ek_device_set_board()
 */
const char *
ek_device_get_board (EkDevice *self)
{
  return self->board;
}

/**
 * ek_device_set_board:
 * @board: (nullable): the product's name, such as "EchoKit Box", once a probe or the owner has told
 */
void
ek_device_set_board (EkDevice *self, const char *board)
{
  if (g_strcmp0 (self->board, board) == 0)
    return;

  g_free (self->board);
  self->board = g_strdup (board);
  g_clear_pointer (&self->name, g_free);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BOARD]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

/**
 * ek_device_get_adapter:
 *
 * Returns: (nullable) (transfer none): what the USB ids stand for
 */
const EkAdapter *
ek_device_get_adapter (EkDevice *self)
{
  return self->facts.is_usb ? ek_adapter_find (self->facts.vid, self->facts.pid) : NULL;
}

EkPortKind
ek_device_get_kind (EkDevice *self)
{
  const EkAdapter *adapter = ek_device_get_adapter (self);

  return adapter != NULL ? adapter->kind : EK_PORT_KIND_UNKNOWN;
}

/**
 * ek_device_has_port:
 *
 * Returns: %FALSE for a device that is plugged in, but that no driver makes a serial port of
 */
gboolean
ek_device_has_port (EkDevice *self)
{
  return self->facts.has_port;
}

gboolean
ek_device_is_simulated (EkDevice *self)
{
  return self->uri != NULL;
}

gboolean
ek_device_get_usb_ids (EkDevice *self, guint16 *vid, guint16 *pid)
{
  *vid = self->facts.vid;
  *pid = self->facts.pid;
  return self->facts.is_usb;
}

const char *
ek_device_get_manufacturer (EkDevice *self)
{
  return self->facts.manufacturer;
}

const char *
ek_device_get_product (EkDevice *self)
{
  return self->facts.product;
}

const char *
ek_device_get_serial (EkDevice *self)
{
  return self->facts.serial;
}

/**
 * ek_device_get_state:
 *
 * Returns: as the monitor last saw it; %EK_DEVICE_UNKNOWN for a device that no monitor looks after
 */
EkDeviceState
ek_device_get_state (EkDevice *self)
{
  return self->state;
}

/**
 * ek_device_get_problem:
 * @code: (out): whose advice helps; see ek_advice_for_code()
 *
 * Returns: %FALSE if the device can be used, or will be in a moment
 */
gboolean
ek_device_get_problem (EkDevice *self, EkError *code)
{
  if (states[self->state].is_problem)
    *code = states[self->state].code;

  return states[self->state].is_problem;
}

/**
 * ek_device_get_holder:
 * @pid: (out) (optional): 0 if unknown
 *
 * Returns: (nullable) (transfer none): the program that has a busy device, such as "arduino-ide"
 */
const char *
ek_device_get_holder (EkDevice *self, int *pid)
{
  if (pid != NULL)
    *pid = self->holder.pid;

  return self->holder.name;
}

/**
 * ek_device_begin_use:
 *
 * Says that this program works with the device now: until ek_device_end_use(), the monitor keeps its
 * hands off it, and keeps it listed while it is away.
 */
void
ek_device_begin_use (EkDevice *self)
{
  if (self->n_users++ == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IN_USE]);
}

void
ek_device_end_use (EkDevice *self)
{
  g_return_if_fail (self->n_users > 0);

  if (--self->n_users == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IN_USE]);
}

gboolean
ek_device_is_in_use (EkDevice *self)
{
  return self->n_users > 0;
}

/**
 * ek_device_state_name:
 *
 * Returns: (transfer none): a name for scripts, such as "no-permission"
 */
const char *
ek_device_state_name (EkDeviceState state)
{
  g_return_val_if_fail (state < EK_N_DEVICE_STATES, "unknown");

  return states[state].name;
}
