/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolutions in direct FLOPs as a share of what the CPU can multiply and add,
 * and against products of gathered tiles by OpenBLAS. Forward, and the
 * gradients by the image and by the weights. Clocks change, and neighbours on
 * the machine take their part: the peak is measured before and after each run,
 * by the same threads with the vectors that the engine uses, and each share is
 * the median of the runs' shares. Then layers with small maps: what each way
 * takes when the weights are not in the cache, and which of them the engine
 * chooses. Arguments: threads (all processors), number of layers and of small
 * ones (all). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "median.h"
#include "nn/blas.h"
#include "nn/columns.h"
#include "nn/conv.h"
#include "nn/gemm.h"

#define N_RUNS 9
#define N_WAY_RUNS 7
#define PEAK_ROUNDS 4000000
#define TILE_COLUMNS 480

typedef struct {
  int64_t channels, filters, size[3], depth;
} Layer;

static LamTeam *team;

static double
now_seconds (void)
{
  return (double)g_get_monotonic_time () / 1e6;
}

/* Twelve sums that do not wait for each other, in registers. ONE (s) is the
 * instruction for sum s, from operands 12 and 13. */
#define PEAK_LOOP(name, target, width, kind) \
  target static void name (int64_t rounds) \
  { \
    typedef float Vector __attribute__ ((vector_size (width * 4))); \
    Vector s0 = { 0 }, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, \
           s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0, a = s0, b = s0; \
    for (int64_t i = 0; i < rounds; i++) \
      __asm__ volatile( \
          ONE ("0") ONE ("1") ONE ("2") ONE ("3") ONE ("4") ONE ("5") \
              ONE ("6") ONE ("7") ONE ("8") ONE ("9") ONE ("10") ONE ("11") \
          : "+" kind (s0), "+" kind (s1), "+" kind (s2), "+" kind (s3), \
          "+" kind (s4), "+" kind (s5), "+" kind (s6), "+" kind (s7), \
          "+" kind (s8), "+" kind (s9), "+" kind (s10), "+" kind (s11) \
          : kind (a), kind (b)); \
  }

#if defined(__x86_64__)
#define ONE(s) "vfmadd231ps %12, %13, %" s "\n\t"
PEAK_LOOP (run_avx512, __attribute__ ((target ("avx512f"))), 16, "v")
PEAK_LOOP (run_avx2, __attribute__ ((target ("avx2,fma"))), 8, "x")
#undef ONE
#define ONE(s) "addps %12, %" s "\n\t"
PEAK_LOOP (run_plain, , 4, "x")
#elif defined(__aarch64__)
#define ONE(s) "fmla %" s ".4s, %12.4s, %13.4s\n\t"
PEAK_LOOP (run_plain, , 4, "w")
#endif

static void
run_peak_part (gpointer data, int64_t part, int thread)
{
#if defined(__x86_64__)
  if (strcmp (lam_gemm_get_isa (), "AVX-512") == 0)
    run_avx512 (PEAK_ROUNDS);
  else if (strcmp (lam_gemm_get_isa (), "AVX2") == 0)
    run_avx2 (PEAK_ROUNDS);
  else
#endif
    run_plain (PEAK_ROUNDS);
}

static double
get_width (void)
{
  const char *isa = lam_gemm_get_isa ();
  return strcmp (isa, "AVX-512") == 0 ? 16 : strcmp (isa, "AVX2") == 0 ? 8 : 4;
}

/* GFLOP/s of all threads together, now. */
static double
measure_peak (void)
{
  int n = lam_team_get_n_threads (team);
  double start = now_seconds ();
  lam_team_run (team, n, run_peak_part, NULL);
  return 12.0 * 2 * get_width () * PEAK_ROUNDS * n / (now_seconds () - start)
      / 1e9;
}

static float *
make_noise (int64_t n)
{
  LamRandom dice = lam_random_new (3, 0);
  float *noise = aligned_alloc (64, (n * sizeof *noise + 127) & ~63L);
  for (int64_t i = 0; i < n; i++)
    noise[i] = (float)lam_random_normal (&dice);
  return noise;
}

static LamConv
make_conv (const Layer *layer)
{
  LamConv conv = { .groups = 1, .filters = layer->filters };
  conv.window = (LamWindow){ .batch = 1,
    .channels = layer->channels,
    .n_axes = 3,
    .kernel = { layer->depth, 3, 3 },
    .stride = { 1, 1, 1 },
    .dilation = { 1, 1, 1 },
    .before = { layer->depth / 2, 1, 1 },
    .after = { layer->depth / 2, 1, 1 } };
  memcpy (conv.window.in, layer->size, sizeof layer->size);
  memcpy (conv.window.out, layer->size, sizeof layer->size);
  return conv;
}

/* All that a pass works on. */
typedef struct {
  LamStep step;
  LamConvSettings settings;
  float *image, *weights, *result; /* Owned */
  float *image_gradient, *weights_gradient; /* Owned */
  float *prepared, *turned; /* Owned */
} Bench;

static void
run_pass (Bench *bench, const LamConv *conv, const float *from,
    const float *prepared, float *to)
{
  LamConvRun run = { .step = &bench->step,
    .conv = conv,
    .from = from,
    .prepared = prepared,
    .activation = LAM_ACTIVATION_NONE,
    .to = to };
  lam_conv_run (&run, team);
}

static void
run_forward (Bench *bench)
{
  run_pass (bench, &bench->settings.forward, bench->image, bench->prepared,
      bench->result);
}

static void
run_backward (Bench *bench)
{
  run_pass (bench, &bench->settings.backward, bench->result, bench->turned,
      bench->image_gradient);
}

static void
run_gradient (Bench *bench)
{
  lam_conv_gradient_run (&bench->step, &bench->settings.gradient, bench->image,
      bench->result, bench->weights_gradient, team);
}

static void
run_prepare (Bench *bench)
{
  lam_conv_prepare (
      &bench->settings.forward, bench->weights, bench->prepared, team);
}

static void
multiply_tile (gpointer data, int64_t part, int thread)
{
  Bench *bench = data;
  const LamConv *conv = &bench->settings.forward;
  const LamWindow *window = &conv->window;
  int64_t volume = lam_product3 (window->out), first = part * TILE_COLUMNS;
  int64_t n = MIN (TILE_COLUMNS, volume - first);
  int64_t depth = window->channels * lam_product3 (window->kernel);
  float *gathered = lam_step_get_scratch (&bench->step, thread);
  lam_columns_gather (
      window, bench->image, window->channels, first, n, gathered, TILE_COLUMNS);
  lam_blas_multiply (conv->filters, n, depth, bench->weights, depth, gathered,
      TILE_COLUMNS, bench->result + first, volume, false);
}

static void
run_peer (Bench *bench)
{
  int64_t volume = lam_product3 (bench->settings.forward.window.out);
  lam_team_run (
      team, (volume + TILE_COLUMNS - 1) / TILE_COLUMNS, multiply_tile, bench);
}

typedef struct {
  double rate, share, peak; /* GFLOP/s, of the peak, GFLOP/s; medians */
} Speed;

/* FLOPs as if done directly. */
static Speed
time_pass (Bench *bench, void (*pass) (Bench *bench), double flops)
{
  double rates[N_RUNS], shares[N_RUNS], peaks[N_RUNS];
  pass (bench);
  double before = measure_peak ();
  for (int i = 0; i < N_RUNS; i++) {
    double start = now_seconds ();
    pass (bench);
    rates[i] = flops / (now_seconds () - start) / 1e9;
    double after = measure_peak ();
    peaks[i] = (before + after) / 2;
    shares[i] = rates[i] / peaks[i];
    before = after;
  }
  return (Speed){ bench_median (rates, N_RUNS), bench_median (shares, N_RUNS),
    bench_median (peaks, N_RUNS) };
}

static void
set_up (Bench *bench, const Layer *layer)
{
  LamConvSettings *settings = &bench->settings;
  LamStep *step = &bench->step;
  int64_t volume = lam_product3 (layer->size);
  int64_t taps = layer->channels * layer->depth * 9;
  settings->forward = make_conv (layer);
  step->settings = settings;
  lam_conv_step_plan (step);
  int64_t scratch = MAX (step->scratch_bytes, step->backward_scratch_bytes);
  scratch = MAX (scratch, taps * TILE_COLUMNS * (int64_t)sizeof (float));
  step->scratch_stride = (scratch + 63) & ~INT64_C (63);
  step->scratch = (char *)make_noise (
      step->scratch_stride / 4 * lam_team_get_n_threads (team));
  step->shared = (char *)make_noise (step->backward_shared_bytes / 4 + 16);
  bench->image = make_noise (layer->channels * volume);
  bench->image_gradient = make_noise (layer->channels * volume);
  bench->weights = make_noise (layer->filters * taps);
  bench->weights_gradient = make_noise (layer->filters * taps);
  bench->result = make_noise (layer->filters * volume);
  bench->prepared = make_noise (settings->forward.prepared_bytes / 4);
  bench->turned = make_noise (settings->backward.prepared_bytes / 4);
  lam_conv_prepare (&settings->forward, bench->weights, bench->prepared, team);
  lam_conv_prepare (&settings->backward, bench->weights, bench->turned, team);
}

static void
tear_down (Bench *bench)
{
  free (bench->step.scratch);
  free (bench->step.shared);
  free (bench->image);
  free (bench->image_gradient);
  free (bench->weights);
  free (bench->weights_gradient);
  free (bench->result);
  free (bench->prepared);
  free (bench->turned);
}

static void
print_layer (const Layer *layer)
{
  Bench bench = { 0 };
  set_up (&bench, layer);
  double flops = 2.0 * 9 * layer->depth * layer->channels * layer->filters
      * lam_product3 (layer->size);
  double bytes = (double)bench.settings.forward.prepared_bytes;
  Speed forward = time_pass (&bench, run_forward, flops);
  Speed peer = time_pass (&bench, run_peer, flops);
  Speed backward = time_pass (&bench, run_backward, flops);
  Speed gradient = time_pass (&bench, run_gradient, flops);
  Speed prepare = time_pass (&bench, run_prepare, bytes);
  printf ("%dx3x3 %3d -> %3d on %dx%dx%d: %7.1f GFLOP/s, %3.0f %% of %.0f, "
          "%4.2f x OpenBLAS; gradients by image %3.0f %%, by weights %3.0f %%; "
          "weights transformed at %.1f GB/s\n",
      (int)layer->depth, (int)layer->channels, (int)layer->filters,
      (int)layer->size[0], (int)layer->size[1], (int)layer->size[2],
      forward.rate, 100 * forward.share, forward.peak,
      forward.share / peer.share, 100 * backward.share, 100 * gradient.share,
      prepare.rate);
  tear_down (&bench);
}

/* More than the last cache holds. */
#define FLUSHED_BYTES (INT64_C (256) << 20)

/* Seconds of a pass after which other layers have come. */
static double
time_way (Bench *bench, const LamWinograd *way, float *others)
{
  LamConv *conv = &bench->settings.forward;
  double seconds[N_WAY_RUNS];
  lam_conv_plan_as (conv, way);
  int64_t scratch = conv->scratch_bytes + 64;
  bench->step.scratch_stride = (scratch + 63) & ~INT64_C (63);
  free (bench->step.scratch);
  bench->step.scratch = (char *)make_noise (
      bench->step.scratch_stride / 4 * lam_team_get_n_threads (team));
  float *prepared = make_noise (MAX (conv->prepared_bytes, 64) / 4);
  lam_conv_prepare (conv, bench->weights, prepared, team);
  for (int i = -1; i < N_WAY_RUNS; i++) {
    for (int64_t j = 0; j < FLUSHED_BYTES / 4; j += 16)
      others[j] += 1;
    double start = now_seconds ();
    run_pass (bench, conv, bench->image,
        conv->prepared_bytes ? prepared : bench->weights, bench->result);
    if (i >= 0)
      seconds[i] = now_seconds () - start;
  }
  free (prepared);
  return bench_median (seconds, N_WAY_RUNS);
}

/* The last is products of gathered voxels. */
static void
print_ways (const Layer *layer)
{
  static const LamWinograd *const ways[] = { &lam_winograd4, &lam_winograd2,
    NULL };
  static const char *const names[] = { "F(4x4)", "F(2x2)", "gathered" };
  Bench bench = { 0 };
  set_up (&bench, layer);
  const LamWinograd *chosen = bench.settings.forward.winograd;
  double seconds[3], best = G_MAXDOUBLE, own = 0;
  float *others = make_noise (FLUSHED_BYTES / 4);
  printf ("%dx3x3 %4d -> %4d on %dx%dx%d:", (int)layer->depth,
      (int)layer->channels, (int)layer->filters, (int)layer->size[0],
      (int)layer->size[1], (int)layer->size[2]);
  for (int i = 0; i < 3; i++) {
    seconds[i] = time_way (&bench, ways[i], others);
    best = MIN (best, seconds[i]);
    own = ways[i] == chosen ? seconds[i] : own;
    printf (" %s %.2f ms, %.0f MB%s;", names[i], 1e3 * seconds[i],
        (double)MAX (bench.settings.forward.prepared_bytes,
            9 * 4 * layer->depth * layer->channels * layer->filters)
            / 1e6,
        ways[i] == chosen ? " (chosen)" : "");
  }
  printf (" %.2f x the fastest\n", own / best);
  free (others);
  tear_down (&bench);
}

int
main (int argc, char *argv[])
{
  static const Layer layers[] = {
    { 64, 64, { 8, 128, 128 }, 3 },
    { 64, 64, { 5, 256, 256 }, 1 },
    { 128, 128, { 5, 64, 64 }, 3 },
    { 32, 32, { 16, 64, 64 }, 3 },
    { 256, 256, { 5, 32, 32 }, 3 },
    { 512, 512, { 5, 16, 16 }, 1 },
  };
  static const Layer small[] = {
    { 512, 512, { 1, 64, 64 }, 1 },
    { 1024, 1024, { 1, 32, 32 }, 1 },
    { 512, 1024, { 1, 32, 32 }, 1 },
    { 512, 512, { 1, 16, 16 }, 1 },
    { 512, 512, { 5, 16, 16 }, 1 },
    { 256, 256, { 4, 16, 16 }, 3 },
    { 256, 256, { 1, 25, 25 }, 1 },
    { 128, 128, { 2, 6, 6 }, 3 },
    { 64, 64, { 3, 18, 18 }, 1 },
    { 64, 64, { 8, 6, 6 }, 1 },
    { 1024, 1024, { 1, 8, 8 }, 1 },
    { 512, 512, { 1, 4, 4 }, 1 },
  };
  g_autoptr (GError) error = NULL;
  if (!lam_blas_init (&error)) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  team = lam_team_new (argc > 1 ? atoi (argv[1]) : 0);
  printf ("%s, %d threads; GFLOP/s, and %% of the multiply-add peak\n",
      lam_gemm_get_isa (), lam_team_get_n_threads (team));
  int n_layers = argc > 2 ? atoi (argv[2]) : (int)G_N_ELEMENTS (layers);
  for (int i = 0; i < MIN (n_layers, (int)G_N_ELEMENTS (layers)); i++)
    print_layer (&layers[i]);
  n_layers = argc > 3 ? atoi (argv[3]) : (int)G_N_ELEMENTS (small);
  for (int i = 0; i < MIN (n_layers, (int)G_N_ELEMENTS (small)); i++)
    print_ways (&small[i]);
  lam_team_free (team);
  return 0;
}
