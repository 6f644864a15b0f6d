/* Inside measure/: the noise of a magnitude image, from the air about the patient. */
#ifndef DENS_MEASURE_NOISE_H
#define DENS_MEASURE_NOISE_H

#include "image/volume.h"

/* σ of the noise in either channel, in the unit of the image: of the darkest of the eight corners in which
 * lies what looks like air. 0 if none does: the scanner blanked the air, or the patient fills the image. */
double noise_sigma(const Volume *volume);

#endif
