/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.gnome.SessionManager on the test's own session bus, on a thread of its own: GTK waits for it. */
#include "config.h"

#include "session-service.h"

static const char interface_xml[] =
    "<node><interface name='org.gnome.SessionManager'>"
    "<method name='Inhibit'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='out'/></method>"
    "<method name='Uninhibit'><arg type='u' direction='in'/></method>"
    "</interface></node>";

/* One at a time is all that the window asks for. */
static GMutex lock;
static guint cookie;      /* (lock): of the latest */
static guint inhibited;   /* (lock): flags */
static char *last_reason; /* (lock) */
static gboolean ready;    /* (lock) */
static GDBusNodeInfo *node;
static GCond is_ready;

static GVariant *
inhibit (GVariant *parameters)
{
  g_assert_cmpuint (inhibited, ==, 0);
  g_free (last_reason);
  g_variant_get_child (parameters, 2, "s", &last_reason);
  g_variant_get_child (parameters, 3, "u", &inhibited);
  return g_variant_new ("(u)", ++cookie);
}

static GVariant *
uninhibit (GVariant *parameters)
{
  guint released;

  g_variant_get (parameters, "(u)", &released);
  g_assert_cmpuint (released, ==, cookie);
  inhibited = 0;
  return NULL;
}

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *object_path,
         const char *interface_name,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  GVariant *reply;

  g_mutex_lock (&lock);
  reply = g_str_equal (method, "Inhibit") ? inhibit (parameters) : uninhibit (parameters);
  g_mutex_unlock (&lock);
  g_dbus_method_invocation_return_value (invocation, reply);
}

static gpointer
serve (gpointer user_data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  GMainContext *context = g_main_context_new (); /* kept, as long as the program runs */
  GDBusConnection *bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;

  g_main_context_push_thread_default (context);
  g_dbus_connection_register_object (bus, "/org/gnome/SessionManager", node->interfaces[0], &vtable,
                                     NULL, NULL, NULL);
  reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.gnome.SessionManager", 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
  g_mutex_lock (&lock);
  ready = TRUE;
  g_cond_signal (&is_ready);
  g_mutex_unlock (&lock);
  for (;;)
    g_main_context_iteration (context, TRUE);
  return NULL;
}

/**
 * session_service_start:
 *
 * Takes the name before the application looks for it.
 */
void
session_service_start (void)
{
  node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_thread_unref (g_thread_new ("session", serve, NULL));
  g_mutex_lock (&lock);
  while (!ready)
    g_cond_wait (&is_ready, &lock);
  g_mutex_unlock (&lock);
}

/**
 * session_service_get_inhibited:
 * @reason: (out) (optional) (transfer full): what the person would read
 *
 * Returns: what the computer must not do now; 0 if it may do all
 */
guint
session_service_get_inhibited (char **reason)
{
  guint flags;

  g_mutex_lock (&lock);
  flags = inhibited;
  if (reason != NULL)
    *reason = g_strdup (last_reason);
  g_mutex_unlock (&lock);
  return flags;
}
