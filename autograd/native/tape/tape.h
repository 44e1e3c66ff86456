/* The tape: what a program, a plan to run it, and a run are, for all files about them to share.

   A *plan* splits a program's registers in two.  Those that are the same for all rows (*uniform*)
   are computed once, each at a *place*, in an order that puts what is alike side by side: see
   schedule.c.  Those that *vary* have a *slot*: as many doubles as there are lanes in a block.
   A uniform number that a varying instruction reads is *spread* over the lanes of a slot of its
   own, except the weights of a layer: see layers.c. */

#ifndef GLASSGRAD_TAPE_H
#define GLASSGRAD_TAPE_H

#include "node/memory.h"

#ifdef _MSC_VER
#define restrict __restrict
#endif

enum {
    LANES_TOGETHER = 8,  /* the lanes of a block are a multiple of this */
    MOST_LANES = 120,    /* an odd multiple, so that slots do not fall onto the same cache lines */
    LAYER = RULES,       /* a step beside the rows of the table */
    DETACH,              /* an instruction beside them: its operand, but no gradient flows there */
};

/* Instruction k of the program; its operands are registers, from `first` on in a common array. */
typedef struct {
    int32_t rule, first, count;
} Instruction;

typedef struct {
    int32_t kind, left, right, outcome;
} Guard;

/* An instruction of a plan: its result and operands are registers, or slots. */
typedef struct {
    int32_t rule, result, first, count;
} Step;

/* Steps of one rule that do not rest on each other, with results side by side; or one step of many
   operands; or, where it is not `alike`, any steps, to be run one after the other. */
typedef struct {
    int32_t from, to;
    int32_t traits; /* where those of the operands start in the stream's */
    unsigned char alike, active;
} Stretch;

/* Of an operand from step to step, or of a long sum's row of operands from one to the next. */
typedef struct {
    unsigned char apart, wanted;
    unsigned char fresh; /* whether its adjoints start here, backward, for one row: see adjoint_init_row.c */
} Trait;

enum { SAME, NEXT, ANYWHERE };

typedef struct {
    Step *steps;
    int32_t count;
    int32_t *operands;
    unsigned char *fresh; /* of the varying stream, by operand: whether its adjoint starts here */
    Stretch *stretches; /* of the uniform stream */
    Trait *traits;
    int32_t stretch_count, trait_count;
} Stream;

/* Dots of the same varying operands with different weights: results[j] = w[j] . x + bias[j], or
   relu of it. */
typedef struct {
    int32_t inputs, neurons;
    int32_t *xs, *results; /* slots */
    size_t packed;         /* where its weights, and then its biases, are in a run's `packed` */
    unsigned char *fresh;  /* which inputs' adjoints start here, backward */
    int wanted_weights, wanted_inputs, relu;
    int fresh_inputs;  /* whether all inputs' adjoints are wanted and start here */
    int through_relus; /* whether these inputs are the results of a layer's relus, for it alone */
    int relu_is_done;  /* whether it is such a layer: its adjoints have been through its relus */
} Layer;

typedef struct {
    unsigned char *varies;  /* by register */
    unsigned char *active;  /* by register: has an adjoint that is wanted and that seeds reach */
    int32_t *slot_of;       /* by register, or -1 */
    int32_t *place_of;      /* by register, of those that are uniform */
    unsigned char *active_place;
    int32_t *spread;        /* the places that are spread: slots from `columns` on */
    unsigned char *active_slot;
    int32_t *cleared; /* slots whose adjoints start at 0 before backward */
    int32_t cleared_count;
    int32_t spreads, slots, columns;
    Stream uniform, varying;
    Layer *layers;
    int32_t layer_count;
    int32_t *sources; /* the places that are packed, in the order of kernels_layer.h */
    size_t packed;    /* how many */
    size_t work;      /* operands of all that varies */
    int32_t *edges;   /* of one row: from where to where adjoints are cleared before backward */
    int32_t edge_count;
} Plan;

typedef struct Workspace Workspace;

typedef struct {
    PyObject_HEAD
    int32_t constants, uniforms, columns, instructions, outputs, guards, registers;
    double *constant;
    Instruction *instruction;
    int32_t *operands;
    int32_t *output;
    Guard *guard;
    unsigned char *wanted; /* by input register */
    int in_order;          /* whether what is uniform runs as the reference does, to the bit */
    Plan *plans[2];        /* for one row, where columns are uniforms too; and for many rows */
    Workspace *spare;
} Tape;

/* What one thread computes in. */
typedef struct {
    const Plan *plan;
    double **values;                     /* by slot: where its lanes are */
    double *adjoints;                    /* by slot: slot s from s * stride on */
    double *scratch;                     /* one more slot */
    const double *uniforms;              /* by place */
    double *uniform_adjoints;            /* by place */
    const double *packed;                /* the layers' weights */
    double *sums;                        /* the gradients of `packed` */
    size_t lanes, stride; /* lanes in use, and from slot to slot: multiples of LANES_TOGETHER */
    int careful; /* whether a dot's adjoint of 0 hands down 0 to a partial of inf or nan */
} Frame;

/* The machine code for one instruction set. */
typedef struct {
    const char *name;
    void (*forward)(const Frame *frame, int32_t from, int32_t to);
    void (*backward)(const Frame *frame, int32_t from, int32_t to);
    void (*forward_alike)(const Stream *stream, const Stretch *stretch, double *values);
    void (*backward_alike)(const Stream *stream, const Stretch *stretch, const double *values,
                           double *adjoints);
    void (*load_rows)(const double *const *rows, double *const *slots, int32_t columns,
                      size_t lanes);
    double (*sum)(const double *xs, size_t count);
    int (*any_not_finite)(const double *xs, size_t count);
    int (*all_pass)(const Guard *guard, const double *x, size_t x_apart, const double *y,
                    size_t y_apart, size_t count);
} Kernels;

extern const Kernels plain_kernels;
extern const Kernels *const avx2_kernels, *const avx512_kernels; /* NULL where not compiled */
extern PyTypeObject *tape_type;
extern PyType_Spec tape_spec;

/* kernels.c */
const Kernels *kernels(void);
PyObject *choose_kernels(PyObject *module, PyObject *name);

/* program.c */
enum { CONSTANTS, INSTRUCTIONS, OUTPUTS, GUARDS, WANTED, LISTS };
int read_program(Tape *tape, PyObject *const *lists);

/* plan.c */
Plan *plan_of(Tape *tape, int many);
void free_plan(Plan *plan);

/* arguments.c */
PyObject *tape_evaluate(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tape_differentiate(PyObject *self, PyObject *args, PyObject *kwargs);

/* train.c */
PyObject *tape_train(PyObject *self, PyObject *args, PyObject *kwargs);

/* adjoint_init.c */
int find_starts(Plan *plan, const Tape *tape);

/* adjoint_init_row.c */
int find_places(Plan *plan, const Tape *tape);
void clear_places(const Plan *plan, double *adjoints);

/* schedule.c */
int schedule(Plan *plan, const Tape *tape);

/* scalar.c */
void scalar_forward(const Stream *stream, double *values, int32_t from, int32_t to);
void scalar_backward(const Stream *stream, const double *values, double *adjoints,
                     const unsigned char *active, int32_t from, int32_t to);

static inline int passes(const Guard *guard, double left, double right)
{
    int outcome;
    switch (guard->kind) {
    case 0: outcome = left < right; break;
    case 1: outcome = left <= right; break;
    case 2: outcome = left == right; break;
    case 3: outcome = left != right; break;
    case 4: outcome = left > right; break;
    default: outcome = left >= right; break;
    }
    return outcome == guard->outcome;
}

/* What a dot of so many operands adds its products to: only -0 adds nothing to -0. */
static inline double nothing(int32_t operands) { return operands ? -0.0 : 0.0; }

/* How many neurons the tile of a layer has that starts at neuron j: see kernels_layer.h. */
static inline int32_t tile_at(const Layer *layer, int32_t j)
{
    int32_t left = layer->neurons - j;
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static inline int32_t first_of_columns(const Tape *tape)
{
    return tape->constants + tape->uniforms;
}

static inline int32_t first_of_instructions(const Tape *tape)
{
    return tape->constants + tape->uniforms + tape->columns;
}

#endif
