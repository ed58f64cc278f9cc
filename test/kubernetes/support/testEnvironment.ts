/** Says why there is no cluster. */
export const OBSTACLE_VARIABLE = "PROCESS_LOGGING_CLUSTER_OBSTACLE";

/** Name of the tracer's image in the cluster. */
export const IMAGE_VARIABLE = "PROCESS_LOGGING_CLUSTER_IMAGE";

/** Folder of the cluster that was brought up for the tests; not set where it is somebody's own. */
export const DIRECTORY_VARIABLE = "PROCESS_LOGGING_CLUSTER_DIRECTORY";
