/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

static const LamCommand *const table[] = {
  &lam_command_info,
  &lam_command_convert,
  &lam_command_synthesize,
  &lam_command_project_create,
  &lam_command_project_info,
  &lam_command_project_locate,
  &lam_command_project_check,
  &lam_command_project_content_hash,
  &lam_command_labels_import,
  &lam_command_labels_export,
  &lam_command_objects,
  &lam_command_paint,
  &lam_command_undo,
  &lam_command_redo,
  &lam_command_history,
  &lam_command_merge,
  &lam_command_restore,
  &lam_command_snapshot,
  &lam_command_model_add,
  &lam_command_model_list,
  &lam_command_model_activate,
  &lam_command_model_map,
  &lam_command_model_export,
  &lam_command_model_remove,
  &lam_command_model_run,
  &lam_command_model_adapt,
  &lam_command_proposals_list,
  &lam_command_proposals_accept,
  &lam_command_proposals_reject,
  &lam_command_queue_list,
  &lam_command_queue_next,
  &lam_command_queue_verify,
  &lam_command_queue_unsure,
  &lam_command_queue_take,
  &lam_command_queue_verdicts,
  &lam_command_network_info,
  &lam_command_network_check,
  &lam_command_network_convert,
  &lam_command_network_benchmark,
  &lam_command_train,
  &lam_command_score,
  &lam_command_region_add,
  &lam_command_region_list,
  &lam_command_region_remove,
  &lam_command_region_export_blind,
  &lam_command_region_import_annotator,
  &lam_command_region_agreement,
  &lam_command_export_training,
  &lam_command_check_training,
  &lam_command_predict,
  &lam_command_segment,
  NULL,
};

const LamCommand *const *
lam_command_get_all (void)
{
  return table;
}
