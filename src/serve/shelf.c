/* The shelf of read volumes: a list, most recently used first, behind one lock. */
#include "serve/shelf.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Item Item;
struct Item {
    char *name;
    Volume *volume;
    size_t bytes, users;
    Item *next;
};

struct Shelf {
    pthread_mutex_t lock; /* of the list and of all `users` */
    size_t most_bytes;
    Item *first;
};

Shelf *shelf_new(size_t most_bytes)
{
    Shelf *shelf = memory_alloc(sizeof *shelf);
    shelf->most_bytes = most_bytes;
    (void)pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

static void item_free(Item *item)
{
    volume_free(item->volume);
    free(item->name);
    free(item);
}

void shelf_free(Shelf *shelf)
{
    if (!shelf) {
        return;
    }
    while (shelf->first) {
        Item *next = shelf->first->next;
        item_free(shelf->first);
        shelf->first = next;
    }
    (void)pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}

/* Finds a name and puts its item in front, with one user more. */
static const Volume *take_locked(Shelf *shelf, const char *name)
{
    for (Item **at = &shelf->first; *at; at = &(*at)->next) {
        Item *item = *at;
        if (strcmp(item->name, name) == 0) {
            *at = item->next;
            item->next = shelf->first;
            shelf->first = item;
            item->users++;
            return item->volume;
        }
    }
    return NULL;
}

/* Removes what nobody uses beyond the room that there is, the least recently used first. */
static void make_room(Shelf *shelf)
{
    size_t bytes = 0;
    for (Item **at = &shelf->first; *at;) {
        Item *item = *at;
        bytes += item->bytes;
        if (bytes > shelf->most_bytes && item->users == 0) {
            bytes -= item->bytes;
            *at = item->next;
            item_free(item);
        } else {
            at = &item->next;
        }
    }
}

const Volume *shelf_take(Shelf *shelf, const char *name)
{
    pthread_mutex_lock(&shelf->lock);
    const Volume *volume = take_locked(shelf, name);
    pthread_mutex_unlock(&shelf->lock);
    return volume;
}

const Volume *shelf_put(Shelf *shelf, const char *name, Volume *volume)
{
    pthread_mutex_lock(&shelf->lock);
    const Volume *taken = take_locked(shelf, name);
    if (taken) {
        volume_free(volume);
    } else {
        Item *item = memory_alloc(sizeof *item);
        *item = (Item){.name = memory_strdup(name),
                       .volume = volume,
                       .bytes = geometry_voxels(&volume->geometry) * sizeof *volume->voxels,
                       .users = 1,
                       .next = shelf->first};
        shelf->first = item;
        taken = volume;
    }
    make_room(shelf);
    pthread_mutex_unlock(&shelf->lock);
    return taken;
}

void shelf_return(Shelf *shelf, const Volume *volume)
{
    pthread_mutex_lock(&shelf->lock);
    for (Item *item = volume ? shelf->first : NULL; item; item = item->next) {
        if (item->volume == volume) {
            item->users--;
            break;
        }
    }
    make_room(shelf);
    pthread_mutex_unlock(&shelf->lock);
}
