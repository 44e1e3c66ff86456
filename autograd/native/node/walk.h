/* What a walk over a graph holds, and what the two files about walks share. */

#ifndef GLASSGRAD_WALK_H
#define GLASSGRAD_WALK_H

#include "memory.h"

/* Look for Ctrl-C this often. */
enum { NODES_BETWEEN_SIGNALS = 1 << 16 };

/* How many nodes ahead to fetch memory.  Where a walk goes next is in its list or, while it makes
   the list, most likely just below: a graph's nodes are mostly made one after the other. */
enum { AHEAD = 8 };

typedef struct {
    uintptr_t *items;
    size_t count, room;
} Pointers;

typedef struct {
    Node *node;
    double before; /* its grad, where it had one */
    int reached;
} Leaf;

typedef struct {
    Pointers order;   /* interior nodes, each after its parents */
    Pointers pending; /* the stack; an odd address is a node whose parents are done */
    Leaf *leaf;
    size_t leaves, leaf_room;
    uint64_t seen; /* this walk's mark; seen + 1 marks those that an adjoint has reached */
    int must_be_fresh;
    int foreign; /* whether there are rules that C does not know */
} Walk;

/* toposort.c */
void open_walk(Walk *walk);
void close_walk(Walk *walk);
int prepare(Walk *walk, Node *root, int must_be_fresh);
int check_fresh(Node *node);
int raise_stale(Node *node);

/* adjoints.c */
int hand_down(Node *node, double adjoint, uint64_t touched);
int recompute_foreign(Node *node);

#endif
