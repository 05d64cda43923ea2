/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/graph.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "nn/operator.h"

static void
clear_value (gpointer data)
{
  LamValue *value = data;
  g_free (value->name);
  lam_tensor_free (value->constant);
}

LamNetwork *
lam_graph_new (const char *path)
{
  LamNetwork *network = g_new0 (LamNetwork, 1);
  g_atomic_ref_count_init (&network->references);
  network->path = g_strdup (path);
  network->values = g_array_new (FALSE, TRUE, sizeof (LamValue));
  g_array_set_clear_func (network->values, clear_value);
  network->nodes =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_node_free);
  network->inputs = g_array_new (FALSE, TRUE, sizeof (int));
  network->outputs = g_array_new (FALSE, TRUE, sizeof (int));
  network->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init (&network->lock);
  return network;
}

LamNetwork *
lam_network_ref (LamNetwork *network)
{
  g_atomic_ref_count_inc (&network->references);
  return network;
}

void
lam_network_unref (LamNetwork *network)
{
  if (!network || !g_atomic_ref_count_dec (&network->references))
    return;
  g_free (network->path);
  g_array_unref (network->values);
  g_ptr_array_unref (network->nodes);
  g_array_unref (network->inputs);
  g_array_unref (network->outputs);
  g_hash_table_unref (network->metadata);
  g_mutex_clear (&network->lock);
  lam_network_unref (network->whole);
  g_free (network);
}

int
lam_graph_add_value (LamNetwork *network, const char *name, LamTensor *constant)
{
  LamValue value = { .name = g_strdup (name), .constant = constant };
  value.declared.rank = -1;
  g_array_append_val (network->values, value);
  return (int)network->values->len - 1;
}

LamNode *
lam_node_new (int n_inputs, int n_outputs, int n_attributes)
{
  LamNode *node = g_new0 (LamNode, 1);
  node->inputs = g_new (int, MAX (n_inputs, 1));
  node->outputs = g_new (int, MAX (n_outputs, 1));
  node->attributes = g_new0 (LamAttribute, MAX (n_attributes, 1));
  node->n_inputs = n_inputs;
  node->n_outputs = n_outputs;
  node->n_attributes = n_attributes;
  node->activation = LAM_ACTIVATION_NONE;
  return node;
}

void
lam_node_free (LamNode *node)
{
  for (int i = 0; i < node->n_attributes; i++) {
    LamAttribute *attribute = &node->attributes[i];
    g_free (attribute->name);
    g_free (attribute->integers);
    g_free (attribute->floats);
    g_free (attribute->text);
    lam_tensor_free (attribute->tensor);
  }
  g_free (node->attributes);
  g_free (node->name);
  g_free (node->inputs);
  g_free (node->outputs);
  lam_node_forget_prepared (node);
  g_free (node);
}

void
lam_node_forget_prepared (LamNode *node)
{
  for (int i = 0; i < LAM_NODE_WAYS; i++)
    g_clear_pointer (&node->prepared[i], free);
}

int
lam_graph_count_uses (const LamNetwork *network, int value)
{
  int n = 0;
  for (guint i = 0; i < network->nodes->len; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    for (int j = 0; j < node->n_inputs; j++)
      n += node->inputs[j] == value;
  }
  for (guint i = 0; i < network->outputs->len; i++)
    n += g_array_index (network->outputs, int, i) == value;
  return n;
}

/* Kahn 1962: a node is taken when none of its inputs is missing. Users are
 * kept in one list a value, so that long chains cost linear time. */
typedef struct {
  GArray **users; /* by value: indices of nodes; NULL: none */
  int *n_missing; /* by node */
  GArray *ready;
} Sorter;

static void
begin_sort (const LamNetwork *network, Sorter *sorter)
{
  int n = (int)network->nodes->len;
  g_autofree bool *is_computed = g_new0 (bool, network->values->len);
  sorter->users = g_new0 (GArray *, network->values->len);
  sorter->n_missing = g_new0 (int, n);
  sorter->ready = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 0; i < n; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        is_computed[node->outputs[j]] = true;
  }
  for (int i = 0; i < n; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    for (int j = 0; j < node->n_inputs; j++) {
      int value = node->inputs[j];
      if (value == LAM_VALUE_NONE || !is_computed[value])
        continue;
      if (!sorter->users[value])
        sorter->users[value] = g_array_new (FALSE, FALSE, sizeof (int));
      g_array_append_val (sorter->users[value], i);
      sorter->n_missing[i]++;
    }
    if (!sorter->n_missing[i])
      g_array_append_val (sorter->ready, i);
  }
}

static void
release_users (Sorter *sorter, const LamNode *node)
{
  for (int j = 0; j < node->n_outputs; j++) {
    int value = node->outputs[j];
    GArray *users = value == LAM_VALUE_NONE ? NULL : sorter->users[value];
    for (guint k = 0; users && k < users->len; k++) {
      int user = g_array_index (users, int, k);
      if (--sorter->n_missing[user] == 0)
        g_array_append_val (sorter->ready, user);
    }
  }
}

static void
end_sort (const LamNetwork *network, Sorter *sorter)
{
  for (guint i = 0; i < network->values->len; i++)
    if (sorter->users[i])
      g_array_unref (sorter->users[i]);
  g_free (sorter->users);
  g_free (sorter->n_missing);
  g_array_unref (sorter->ready);
}

bool
lam_graph_sort (LamNetwork *network, GError **error)
{
  Sorter sorter;
  const LamNode *circular = NULL;
  begin_sort (network, &sorter);
  for (guint i = 0; i < sorter.ready->len; i++)
    release_users (&sorter,
        lam_graph_get_node (network, g_array_index (sorter.ready, int, i)));
  for (guint i = 0; i < network->nodes->len && !circular; i++)
    if (sorter.n_missing[i] > 0)
      circular = lam_graph_get_node (network, i);
  if (circular) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: node “%s” (%s) waits for its own result: the nodes form a "
           "circle"),
        network->path, circular->name, circular->row->name);
  } else {
    g_autofree gpointer *nodes =
        g_memdup2 (network->nodes->pdata, network->nodes->len * sizeof *nodes);
    for (guint i = 0; i < network->nodes->len; i++)
      network->nodes->pdata[i] = nodes[g_array_index (sorter.ready, int, i)];
  }
  end_sort (network, &sorter);
  return !circular;
}

const char *
lam_network_get_path (const LamNetwork *network)
{
  return network->path;
}

void
lam_network_call (LamNetwork *network, const char *shown)
{
  g_free (network->path);
  network->path = g_strdup (shown);
}

int
lam_network_get_opset (const LamNetwork *network)
{
  return network->opset;
}

int
lam_network_get_n_nodes (const LamNetwork *network)
{
  return (int)network->nodes->len;
}

int64_t
lam_network_get_n_parameters (const LamNetwork *network)
{
  return network->n_parameters;
}

int
lam_network_get_n_inputs (const LamNetwork *network)
{
  return (int)network->inputs->len;
}

static const LamValue *
value_at (const LamNetwork *network, const GArray *list, int i)
{
  return lam_graph_get_value (network, g_array_index (list, int, i));
}

const char *
lam_network_get_input_name (const LamNetwork *network, int i)
{
  return value_at (network, network->inputs, i)->name;
}

const LamShape *
lam_network_get_input_shape (const LamNetwork *network, int i)
{
  return &value_at (network, network->inputs, i)->declared;
}

int
lam_network_get_n_outputs (const LamNetwork *network)
{
  return (int)network->outputs->len;
}

const char *
lam_network_get_output_name (const LamNetwork *network, int i)
{
  return value_at (network, network->outputs, i)->name;
}

const char *
lam_network_get_metadata (const LamNetwork *network, const char *key)
{
  return g_hash_table_lookup (network->metadata, key);
}

void
lam_network_set_metadata (
    LamNetwork *network, const char *key, const char *value)
{
  if (value)
    g_hash_table_insert (network->metadata, g_strdup (key), g_strdup (value));
  else
    g_hash_table_remove (network->metadata, key);
}

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

const char **
lam_network_list_metadata (const LamNetwork *network)
{
  guint n;
  const char **keys =
      (const char **)g_hash_table_get_keys_as_array (network->metadata, &n);
  qsort (keys, n, sizeof *keys, compare_texts);
  return keys;
}
