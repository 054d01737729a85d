/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawings are SVG with currentColor in the resources; GTK's own recolouring knows no strokes. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-picture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#define PICTURE_PATH "/dev/echokit/Flasher/pictures/%s.svg"
#define FALLBACK     "echokit"

struct _EkPicture
{
  GtkWidget parent_instance;

  char *name;
  int size;

  /* what was drawn last, and for what */
  GdkTexture *texture;
  int texture_pixels;
  char *texture_color;
};

typedef enum
{
  PROP_NAME = 1,
  PROP_SIZE,
} EkPictureProperty;

static GParamSpec *properties[PROP_SIZE + 1];

G_DEFINE_FINAL_TYPE (EkPicture, ek_picture, GTK_TYPE_WIDGET)

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_strdup_printf (PICTURE_PATH, name);
  GBytes *svg = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  if (svg == NULL && !g_str_equal (name, FALLBACK))
    return load (FALLBACK);
  return svg;
}

static GdkTexture *
render (const char *name, const char *color, int pixels)
{
  g_autoptr (GBytes) svg = load (name);
  g_autoptr (GString) text = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GError) error = NULL;

  if (svg == NULL)
    return NULL;

  text = g_string_new_len (g_bytes_get_data (svg, NULL), (gssize) g_bytes_get_size (svg));
  g_string_replace (text, "currentColor", color, 0);
  stream = g_memory_input_stream_new_from_data (text->str, (gssize) text->len, NULL);
  pixbuf = gdk_pixbuf_new_from_stream_at_scale (stream, pixels, pixels, TRUE, NULL, &error);
  if (pixbuf == NULL)
    {
      g_debug ("drawing %s: %s", name, error->message);
      return NULL;
    }

  return gdk_texture_new_for_pixbuf (pixbuf);
}

static void
ek_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  EkPicture *self = EK_PICTURE (widget);
  int side = MIN (gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  int pixels = side * gtk_widget_get_scale_factor (widget);
  g_autofree char *color = NULL;
  GdkRGBA rgba;

  if (self->name == NULL || side <= 0)
    return;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &rgba);
  rgba.alpha = 1;
  color = gdk_rgba_to_string (&rgba);
  if (self->texture == NULL || self->texture_pixels != pixels ||
      g_strcmp0 (color, self->texture_color) != 0)
    {
      g_clear_object (&self->texture);
      self->texture = render (self->name, color, pixels);
      self->texture_pixels = pixels;
      g_free (self->texture_color);
      self->texture_color = g_steal_pointer (&color);
    }
  if (self->texture == NULL)
    return;

  gtk_snapshot_append_texture (snapshot, self->texture,
                               &GRAPHENE_RECT_INIT ((float) (gtk_widget_get_width (widget) - side) /
                                                        2,
                                                    (float) (gtk_widget_get_height (widget) -
                                                             side) /
                                                        2,
                                                    (float) side, (float) side));
}

static void
ek_picture_measure (GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
  *minimum = *natural = EK_PICTURE (widget)->size;
}

static void
ek_picture_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkPicture *self = EK_PICTURE (object);

  switch ((EkPictureProperty) property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SIZE:
      g_value_set_int (value, self->size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_picture_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  EkPicture *self = EK_PICTURE (object);

  switch ((EkPictureProperty) property_id)
    {
    case PROP_NAME:
      ek_picture_set_name (self, g_value_get_string (value));
      break;
    case PROP_SIZE:
      self->size = g_value_get_int (value);
      gtk_widget_queue_resize (GTK_WIDGET (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_picture_finalize (GObject *object)
{
  EkPicture *self = EK_PICTURE (object);

  g_clear_object (&self->texture);
  g_free (self->texture_color);
  g_free (self->name);

  G_OBJECT_CLASS (ek_picture_parent_class)->finalize (object);
}

static void
ek_picture_class_init (EkPictureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_picture_get_property;
  object_class->set_property = ek_picture_set_property;
  object_class->finalize = ek_picture_finalize;
  widget_class->snapshot = ek_picture_snapshot;
  widget_class->measure = ek_picture_measure;

  properties[PROP_NAME] = g_param_spec_string ("picture", NULL, NULL, NULL, flags);
  properties[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 16, 512, 144, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  gtk_widget_class_set_css_name (widget_class, "ekpicture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ek_picture_init (EkPicture *self)
{
  self->size = 144;
}

/**
 * ek_picture_new:
 * @name: (nullable): of a drawing in the resources
 * @size: width and height in logical pixels
 *
 * Returns: (transfer floating): a drawing; what it shows is said in words beside it
 */
GtkWidget *
ek_picture_new (const char *name, int size)
{
  return g_object_new (EK_TYPE_PICTURE, "picture", name, "size", size, NULL);
}

void
ek_picture_set_name (EkPicture *self, const char *name)
{
  if (g_strcmp0 (self->name, name) == 0)
    return;

  g_free (self->name);
  self->name = g_strdup (name);
  g_clear_object (&self->texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

const char *
ek_picture_get_name (EkPicture *self)
{
  return self->name;
}
