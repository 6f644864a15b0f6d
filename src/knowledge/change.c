/* Changing a loaded knowledge. The cells are built anew from the rows that are left, as the background of a
 * finding hangs on all diagnoses. */
#include "knowledge/change.h"

#include "knowledge/parts.h"

void knowledge_leave_out(Knowledge *knowledge, size_t diagnosis)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    knowledge->diagnoses[diagnosis].known = false;
    knowledge->tables[diagnosis].count = 0;
    knowledge_build_cells(knowledge, scratch);
}
