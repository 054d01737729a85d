/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.freedesktop.Notifications on the test's own session bus. */
#include "config.h"

#include "notification-service.h"

static const char interface_xml[] =
    "<node><interface name='org.freedesktop.Notifications'>"
    "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
    "<method name='GetServerInformation'><arg type='s' direction='out'/>"
    "<arg type='s' direction='out'/><arg type='s' direction='out'/>"
    "<arg type='s' direction='out'/></method>"
    "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
    "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
    "</interface></node>";

static char *last_title;
static guint n_shown;

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
  static const char *const capabilities[] = { "body", "actions", NULL };
  GVariant *reply = NULL;

  if (g_str_equal (method, "GetCapabilities"))
    reply = g_variant_new ("(^as)", capabilities);
  if (g_str_equal (method, "GetServerInformation"))
    reply = g_variant_new ("(ssss)", "test", "test", "1", "1.2");
  if (g_str_equal (method, "Notify"))
    {
      g_free (last_title);
      g_variant_get_child (parameters, 3, "s", &last_title);
      n_shown++;
      reply = g_variant_new ("(u)", 1);
    }
  g_dbus_method_invocation_return_value (invocation, reply);
}

/**
 * notification_service_start:
 *
 * Takes the name before anybody asks for it.
 */
void
notification_service_start (void)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus =
      g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error); /* kept: it owns the name */
  g_autoptr (GDBusNodeInfo) node = NULL;
  g_autoptr (GVariant) reply = NULL;

  g_assert_no_error (error);
  node = g_dbus_node_info_new_for_xml (interface_xml, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (bus, "/org/freedesktop/Notifications", node->interfaces[0],
                                     &vtable, NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.Notifications", 0),
                                       NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

/**
 * notification_service_last:
 *
 * Returns: (nullable) (transfer none): the title of the latest notification
 */
const char *
notification_service_last (void)
{
  return last_title;
}

/**
 * notification_service_count:
 *
 * Returns: how many notifications there have been
 */
guint
notification_service_count (void)
{
  return n_shown;
}
