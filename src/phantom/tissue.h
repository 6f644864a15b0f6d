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
    KIND_CORD, /* its white matter */
    KIND_GREY_MATTER,
    KIND_BLOOD, /* of arteries: no signal on spin echo */
    KIND_VEIN,
    KIND_LIGAMENT,
    KIND_BRAIN,
    KIND_GLAND,
    KIND_SKIN,
    KIND_OEDEMA,
    KIND_SOFT_OEDEMA,
    KIND_SCLEROSIS,
    /* two tissues finer than a voxel, by tissue_mixture() */
    KIND_FIBRES_FEW,
    KIND_FIBRES_HALF,
    KIND_FIBRES_DENSE,
    KIND_MARBLED_FAT,
    KIND_MARBLED_HALF,
    KIND_MARBLED_MUSCLE,
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
    double adc_um2_per_ms;
    double ktrans_per_min, ve, vp; /* extended Tofts; all 0: no uptake */
    double suv;                    /* FDG, by body weight */
} TissueValues;

/* What a kind is made of: fat with a share of another tissue; of any other kind that alone, share 1. */
typedef struct {
    TissueKind kind;
    double share; /* the rest is fat */
} TissueMixture;
TissueMixture tissue_mixture(TissueKind kind);

/* Of the anatomy; zero for mixtures and the kinds of the lesion. */
extern const TissueValues tissue_values[KIND_COUNT];

/* Relative signals: spin echo, inversion recovery (magnitude), and the values after contrast agent. */
double tissue_spin_echo(const TissueValues *tissue, double tr_ms, double te_ms);
double tissue_inversion_recovery(const TissueValues *tissue, double tr_ms, double te_ms, double ti_ms);
TissueValues tissue_after_contrast(const TissueValues *tissue);
/* The same with this much agent in the whole tissue, mmol/l. */
TissueValues tissue_with_agent(const TissueValues *tissue, double agent_mm);

/* Agent in an artery's whole blood, mmol/l, this many minutes after its arrival: the mean of 113 patients of
 * Parker 2006 (10.1002/mrm.21066). */
double tissue_arterial_agent(double minutes);
/* Agent in a tissue over time by the extended Tofts model: out[i] at times[i] (minutes after arrival,
 * growing), with plasma at 1/(1 − 0.42) of blood. */
void tissue_agent_curve(const TissueValues *tissue, const double *minutes, unsigned long count, double *out);

#endif
