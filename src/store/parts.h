/* What the files of the store share: inside store/ only. */
#ifndef DENS_STORE_PARTS_H
#define DENS_STORE_PARTS_H

#include "store/engine.h"

#define STORE_DATABASE "store.sqlite3"

struct Store {
    char *folder;
    StoreEngine engine;
};

#endif
