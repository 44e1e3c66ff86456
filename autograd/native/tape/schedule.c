/* The order of uniform instructions: those that can be done side by side lie side by side, unless
   the tape is to be run in order, where sums of adjoints have the bits of the reference.

   An instruction's level is one above that of its operands.  Sorted by level, rule and their place
   in the program, the instructions of a loop over elements become one stretch, whose operands are
   mostly stretches in their turn.  Where no stretch is worth it, they stay in the program's order, in
   which adjoints add up as eager's do. */

#include "tape.h"

enum {
    ENOUGH = 6,          /* steps, for a stretch to be run in vectors */
    ENOUGH_QUICK = 12,   /* the same, of rows that are quick by themselves */
    WORTH_A_CUT = 16,    /* steps whose operands lie side by side, for a stretch of their own */
    ENOUGH_OPERANDS = 8, /* products of a dot, or operands of another row */
};

typedef struct {
    int32_t level, rule, count, k;
} Place;

static int compare(const void *left, const void *right)
{
    const Place *x = left, *y = right;
    int32_t by[4] = {x->level - y->level, x->rule - y->rule, x->count - y->count, x->k - y->k};
    for (int i = 0; i < 3; i++)
        if (by[i])
            return by[i] < 0 ? -1 : 1;
    return by[3] < 0 ? -1 : by[3] > 0;
}

/* The uniform instructions with their levels; how many. */
static int32_t find_levels(const Plan *plan, const Tape *tape, int32_t *levels, Place *places)
{
    int32_t base = first_of_instructions(tape), found = 0;
    for (int32_t k = 0; k < tape->instructions; k++) {
        const Instruction *instruction = &tape->instruction[k];
        const int32_t *xs = tape->operands + instruction->first;
        int32_t level = 0;
        if (plan->varies[base + k])
            continue;
        for (int32_t i = 0; i < instruction->count; i++)
            if (xs[i] >= base && levels[xs[i] - base] >= level)
                level = levels[xs[i] - base] + 1;
        levels[k] = level;
        places[found++] = (Place){level, instruction->rule, instruction->count, k};
    }
    return found;
}

static void write_steps(Plan *plan, const Tape *tape, const Place *places, int32_t count)
{
    Stream *stream = &plan->uniform;
    int32_t base = first_of_instructions(tape), used = 0;
    for (int32_t k = 0; k < count; k++)
        plan->place_of[base + places[k].k] = base + k;
    for (int32_t k = 0; k < count; k++) {
        const Instruction *instruction = &tape->instruction[places[k].k];
        int32_t rule = instruction->rule == DETACH ? RULE_identity : instruction->rule;
        stream->steps[k] = (Step){rule, base + k, used, instruction->count};
        for (int32_t i = 0; i < instruction->count; i++)
            stream->operands[used++] = plan->place_of[tape->operands[instruction->first + i]];
    }
    stream->count = count;
}

/* How `count` numbers follow each other, `width` entries from one to the next. */
static unsigned char apart_of(const int32_t *xs, int32_t width, int32_t count)
{
    int same = 1, next = 1;
    for (int32_t i = 1; i < count && (same || next); i++) {
        same &= xs[(size_t)i * (size_t)width] == xs[0];
        next &= xs[(size_t)i * (size_t)width] == xs[0] + i;
    }
    return next && count > 1 ? NEXT : same ? SAME : ANYWHERE;
}

static unsigned char any_active(const Plan *plan, const int32_t *xs, int32_t width, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        if (plan->active_place[xs[(size_t)i * (size_t)width]])
            return 1;
    return 0;
}

/* One step whose operands are enough for vectors. */
static int is_long(const Step *step)
{
    int rows = step->rule == RULE_dot ? 2 : 1;
    return rule_arity[step->rule] < 0 && step->count >= rows * ENOUGH_OPERANDS;
}

static void add_trait(Plan *plan, const int32_t *xs, int32_t width, int32_t count)
{
    plan->uniform.traits[plan->uniform.trait_count++] =
        (Trait){apart_of(xs, width, count), any_active(plan, xs, width, count), 0};
}

static void add_stretch(Stream *stream, Stretch stretch)
{
    Stretch *next = stream->stretches + stream->stretch_count;
    if (!stretch.alike && stream->stretch_count && !next[-1].alike)
        next[-1].to = stretch.to;
    else {
        *next = stretch;
        stream->stretch_count++;
    }
}

static void add_long(Plan *plan, int32_t k)
{
    const Step *step = &plan->uniform.steps[k];
    const int32_t *xs = plan->uniform.operands + step->first;
    int32_t half = step->rule == RULE_dot ? step->count / 2 : step->count;
    add_stretch(&plan->uniform, (Stretch){k, k + 1, plan->uniform.trait_count, 1,
                                          plan->active_place[step->result]});
    for (int32_t i = 0; i < step->count; i += half)
        add_trait(plan, xs + i, 1, half);
}

/* Rows that take no longer than to bring their operands together. */
static int is_quick(int32_t rule)
{
    return rule == RULE_identity || rule == RULE_neg || rule == RULE_add || rule == RULE_sub ||
           rule == RULE_mul || rule == RULE_dot || rule == RULE_total;
}

/* Whether vectors pay for steps that are alike. */
static int pays(const Stream *stream, int32_t from, int32_t to)
{
    const Step *step = &stream->steps[from];
    const int32_t *xs = stream->operands + step->first;
    if (!is_quick(step->rule))
        return to - from >= ENOUGH;
    for (int32_t i = 0; i < step->count; i++)
        if (apart_of(xs + i, step->count, to - from) == ANYWHERE)
            return 0;
    return to - from >= ENOUGH_QUICK;
}

static void add_steps(Plan *plan, int32_t from, int32_t to)
{
    const Step *step = &plan->uniform.steps[from];
    const int32_t *xs = plan->uniform.operands + step->first;
    Stretch stretch = {.from = from, .to = to, .traits = plan->uniform.trait_count};
    if (from == to)
        return;
    stretch.alike = (unsigned char)pays(&plan->uniform, from, to);
    stretch.active = !stretch.alike;
    for (int32_t k = from; k < to; k++)
        stretch.active |= plan->active_place[plan->uniform.steps[k].result];
    for (int32_t i = 0; stretch.alike && i < step->count; i++)
        add_trait(plan, xs + i, step->count, to - from);
    add_stretch(&plan->uniform, stretch);
}

/* Whether in the k-th step of those at `xs` every operand stays the same, or goes to the next
   number, as it did in the first. */
static int goes_on(const int32_t *xs, int32_t width, int32_t k)
{
    const int32_t *now = xs + (size_t)k * (size_t)width;
    for (int32_t i = 0; i < width; i++) {
        int32_t by = xs[width + i] - xs[i];
        if ((by != 0 && by != 1) || now[i] - now[i - width] != by)
            return 0;
    }
    return 1;
}

static int32_t regular_end(const Plan *plan, int32_t from, int32_t to)
{
    const Step *step = &plan->uniform.steps[from];
    const int32_t *xs = plan->uniform.operands + step->first;
    int32_t end = from + 1;
    while (end < to && goes_on(xs, step->count, end - from))
        end++;
    return end;
}

/* Steps that are alike: those whose operands lie side by side apart from the others. */
static void add_alike(Plan *plan, int32_t from, int32_t to)
{
    int32_t rest = from;
    for (int32_t k = from, end; k < to; k = end) {
        end = regular_end(plan, k, to);
        if (end - k < WORTH_A_CUT)
            continue;
        add_steps(plan, rest, k);
        add_steps(plan, k, end);
        rest = end;
    }
    add_steps(plan, rest, to);
}

/* A row of fixed arity, or a short sum. */
static int runs_in_vectors(const Step *step)
{
    int sums = step->rule == RULE_dot || step->rule == RULE_total;
    return rule_arity[step->rule] > 0 || (sums && step->count > 0 && !is_long(step));
}

static int same_kind(const Place *x, const Place *y)
{
    return x->level == y->level && x->rule == y->rule && x->count == y->count;
}

static void cut(Plan *plan, const Place *places)
{
    Stream *stream = &plan->uniform;
    for (int32_t k = 0, end; k < stream->count; k = end) {
        end = k + 1;
        while (runs_in_vectors(&stream->steps[k]) && end < stream->count &&
               same_kind(&places[k], &places[end]))
            end++;
        if (is_long(&stream->steps[k]))
            add_long(plan, k);
        else if (!runs_in_vectors(&stream->steps[k]))
            add_stretch(stream, (Stretch){.from = k, .to = end, .active = 1});
        else
            add_alike(plan, k, end);
    }
}

static int compare_places(const void *left, const void *right)
{
    const Place *x = left, *y = right;
    return x->k < y->k ? -1 : x->k > y->k;
}

static int any_alike(const Stream *stream)
{
    for (int32_t s = 0; s < stream->stretch_count; s++)
        if (stream->stretches[s].alike)
            return 1;
    return 0;
}

static void write_down(Plan *plan, const Tape *tape, Place *places, int32_t count)
{
    write_steps(plan, tape, places, count);
    for (int32_t r = 0; r < tape->registers; r++)
        if (!plan->varies[r])
            plan->active_place[plan->place_of[r]] = plan->active[r];
}

/* Give uniform registers their places, and write down the steps that compute them. */
int schedule(Plan *plan, const Tape *tape)
{
    size_t n = (size_t)tape->instructions + 1, traits = sizeof(Trait);
    int32_t *levels = allocate(n * sizeof *levels), count;
    Place *places;
    for (int32_t k = 0; k < tape->instructions; k++)
        traits += (size_t)tape->instruction[k].count * sizeof(Trait);
    places = levels == NULL ? NULL : allocate(n * sizeof *places);
    plan->uniform.stretches = places == NULL ? NULL : allocate(n * sizeof(Stretch));
    plan->uniform.traits = plan->uniform.stretches == NULL ? NULL : allocate(traits);
    if (plan->uniform.traits != NULL) {
        for (int32_t r = 0; r <= tape->registers; r++)
            plan->place_of[r] = r;
        count = find_levels(plan, tape, levels, places);
        if (!tape->in_order)
            qsort(places, (size_t)count, sizeof *places, compare);
        write_down(plan, tape, places, count);
        if (!tape->in_order)
            cut(plan, places);
        if (count && !any_alike(&plan->uniform)) {
            if (!tape->in_order)
                qsort(places, (size_t)count, sizeof *places, compare_places);
            write_down(plan, tape, places, count);
            plan->uniform.stretch_count = 0;
            add_stretch(&plan->uniform, (Stretch){.from = 0, .to = count, .active = 1});
        }
    }
    PyMem_Free(levels);
    PyMem_Free(places);
    return plan->uniform.traits == NULL ? -1 : 0;
}
