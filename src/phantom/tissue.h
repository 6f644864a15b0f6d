/* Tissues with their published values, and the signals that follow from them: inside phantom/ only. */
#ifndef DENS_PHANTOM_TISSUE_H
#define DENS_PHANTOM_TISSUE_H

typedef enum {
    KIND_AIR,
    KIND_SKIN_FAT,
    KIND_MUSCLE,
    KIND_FAT_PLANE,
    KIND_CORTEX,
    KIND_TRABECULA,
    KIND_NUCLEUS,
    KIND_ANNULUS,
    KIND_CSF,
    KIND_CORD,
    KIND_BLOOD,
    KIND_LIGAMENT,
    KIND_BRAIN,
    KIND_GLAND,
    KIND_SKIN,
    KIND_OEDEMA,
    /* of the lesion; their values come with its diagnosis */
    KIND_LESION,
    KIND_SEPTUM,
    KIND_RIM,
    KIND_CENTRE,
    KIND_FOCUS,
    KIND_FLUID_TOP,
    KIND_FLUID_BOTTOM,
    KIND_COUNT
} TissueKind;

typedef struct {
    double attenuation_hu;
    double t1_ms, t2_ms;  /* at 3 T */
    double pd;            /* proton density that MR sees, water = 1 */
    double gadolinium_mm; /* concentration after contrast agent, mmol/l */
} TissueValues;

/* Of the anatomy; zero for the kinds of the lesion. */
extern const TissueValues tissue_values[KIND_COUNT];

/* Relative signals: spin echo, inversion recovery (magnitude), and the values after contrast agent. */
double tissue_spin_echo(const TissueValues *tissue, double tr_ms, double te_ms);
double tissue_inversion_recovery(const TissueValues *tissue, double tr_ms, double te_ms, double ti_ms);
TissueValues tissue_after_contrast(const TissueValues *tissue);

#endif
