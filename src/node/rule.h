/* Which rule a study falls under, and what `dens evaluate` is to be called with. */
#ifndef DENS_NODE_RULE_H
#define DENS_NODE_RULE_H

#include "base/value.h"
#include "node/config.h"

typedef enum {
    RULE_FOUND,
    RULE_NONE,     /* no rule is for this study */
    RULE_UNCERTAIN /* a rule is, but the study holds several masks it could mean: the error says so */
} RuleAnswer;

/* `listed` is what `dens study --format json` says of the folder `series`, which holds a folder for each
 * series, named by spool_key(). The first rule that fits is taken. *out_arguments: the studies, masks and
 * options for `dens evaluate`, ended by NULL, in `arena`. */
RuleAnswer rule_choose(Arena *arena, const NodeRules *rules, const Value *listed, const char *series,
                       const NodeRule **out_rule, const char *const **out_arguments, DensError **err);

#endif
