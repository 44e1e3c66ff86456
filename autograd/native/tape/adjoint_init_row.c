/* Where adjoints start in a program of one row: long rows of them are cleared piece by piece.

   A row of operands that lie side by side, to whose adjoints nothing was added before its stretch
   is run backward, is cleared by that stretch, in the cache.  All else is cleared beforehand. */

#include "tape.h"

enum { WORTH_IT = 128, MANY = 2 };

typedef struct {
    Plan *plan;
    unsigned char *started, *touched, *fresh; /* by place; `touched` counts within a stretch */
} Places;

/* One operand of each step of a stretch, or a part of those of its only step. */
typedef struct {
    const int32_t *xs;
    int32_t width, count;
} Row;

static inline int32_t at(Row row, int32_t i) { return row.xs[(size_t)i * (size_t)row.width]; }

static int32_t rows_in(const Stream *stream, const Stretch *stretch)
{
    const Step *step = &stream->steps[stretch->from];
    return stretch->to - stretch->from > 1 ? step->count : step->rule == RULE_dot ? 2 : 1;
}

static Row row_of(const Stream *stream, const Stretch *stretch, int32_t t)
{
    const Step *step = &stream->steps[stretch->from];
    const int32_t *xs = stream->operands + step->first;
    int32_t steps = stretch->to - stretch->from, part = step->count / rows_in(stream, stretch);
    return steps > 1 ? (Row){xs + t, step->count, steps} : (Row){xs + t * part, 1, part};
}

/* Whether a row's adjoints start here: nobody adds to them before, or in the same stretch. */
static int starts(const Places *found, const Trait *trait, Row row)
{
    int all = trait->apart == NEXT && trait->wanted && row.count >= WORTH_IT;
    for (int32_t i = 0; i < row.count && all; i++)
        all = !found->started[at(row, i)] && found->touched[at(row, i)] == 1;
    return all;
}

static void start_alike(Places *found, const Stretch *stretch)
{
    const Stream *stream = &found->plan->uniform;
    int32_t rows = rows_in(stream, stretch);
    for (int32_t t = 0; t < rows; t++) {
        Row row = row_of(stream, stretch, t);
        for (int32_t i = 0; i < row.count; i++)
            found->touched[at(row, i)] += found->touched[at(row, i)] < MANY;
    }
    for (int32_t t = 0; t < rows; t++) {
        Trait *trait = &stream->traits[stretch->traits + t];
        Row row = row_of(stream, stretch, t);
        trait->fresh = (unsigned char)starts(found, trait, row);
        if (trait->fresh)
            memset(found->fresh + row.xs[0], 1, (size_t)row.count);
    }
}

/* From the last stretch, which runs first, to the first one. */
static void start_all(Places *found, const Tape *tape)
{
    const Stream *stream = &found->plan->uniform;
    for (int32_t o = 0; o < tape->outputs; o++)
        found->started[found->plan->place_of[tape->output[o]]] = 1;
    for (int32_t s = stream->stretch_count; s-- > 0;) {
        const Stretch *stretch = &stream->stretches[s];
        const Step *first = &stream->steps[stretch->from], *last = &stream->steps[stretch->to - 1];
        if (stretch->alike && stretch->active)
            start_alike(found, stretch);
        for (int32_t i = first->first; i < last->first + last->count; i++) {
            found->started[stream->operands[i]] = 1;
            found->touched[stream->operands[i]] = 0;
        }
    }
}

/* What is not fresh, as ranges: of a place where one begins, and of one after its end. */
static void find_ranges(Places *found, int32_t places)
{
    Plan *plan = found->plan;
    for (int32_t p = 0; p < places; p++)
        if (found->fresh[p] != (p == 0 ? 1 : found->fresh[p - 1]))
            plan->edges[plan->edge_count++] = p;
    if (plan->edge_count % 2)
        plan->edges[plan->edge_count++] = places;
}

/* Of a plan for one row. */
int find_places(Plan *plan, const Tape *tape)
{
    size_t places = (size_t)tape->registers + 1;
    unsigned char *marks = allocate(3 * places);
    plan->edges = marks == NULL ? NULL : allocate((places / WORTH_IT * 2 + 4) * sizeof(int32_t));
    if (plan->edges != NULL) {
        Places found = {plan, marks, marks + places, marks + 2 * places};
        memset(marks, 0, 3 * places);
        start_all(&found, tape);
        find_ranges(&found, tape->registers);
    }
    PyMem_Free(marks);
    return plan->edges == NULL ? -1 : 0;
}

void clear_places(const Plan *plan, double *adjoints)
{
    for (int32_t e = 0; e < plan->edge_count; e += 2) {
        size_t count = (size_t)(plan->edges[e + 1] - plan->edges[e]);
        memset(adjoints + plan->edges[e], 0, count * sizeof *adjoints);
    }
}
